import { test as base, type Page } from '@playwright/test';
import { Anvil } from './chain';
import { House, type Json } from './house';
import { Insurer } from './insurer';
import { FUNDED } from './parties';
import { Site } from './site';
import { BEGINS, tell } from './story';

/** A chain with an insurer on it, and the page that shows it. */
export interface World {
  anvil: Anvil;
  house: House;
  insurer: Insurer;
  site: Site;
  documentPath: string;
  document: Json;
}

export async function buildWorld(story: (house: House, insurer: Insurer) => Promise<void>): Promise<World> {
  const anvil = await Anvil.start(BEGINS, FUNDED);
  try {
    const house = await House.build(anvil);
    const { product, termsHash, document } = await house.launchProduct();
    const parameters = document['parameters'] as {
      loading_bps: number;
      min_premium: number;
    };
    const insurer = new Insurer(house, product, BigInt(parameters.loading_bps), BigInt(parameters.min_premium));
    await story(house, insurer);
    const site = await Site.start(anvil.url);
    const documentPath = `/documents/${termsHash}.json`;
    return { anvil, house, insurer, site, documentPath, document };
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}

export async function endWorld({ anvil, site }: World): Promise<void> {
  await site.stop();
  await anvil.stop();
}

/** Publishes what a backend would. */
export function publish({ site, house, documentPath, document }: World): void {
  site.files.clear();
  site.files.set('/deployment.json', house.deploymentFile());
  site.files.set(documentPath, document);
}

/**
 * Tests on one world for each worker: every test starts from the same block, with the same files, and a page that
 * fails the test when it logs an error.
 */
export const test = base.extend<{ world: World; open: (path?: string) => Promise<Page> }, { told: World }>({
  told: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures wanted from the pattern
    async ({}, give) => {
      const world = await buildWorld(tell);
      await give(world);
      await endWorld(world);
    },
    { scope: 'worker' },
  ],
  world: async ({ told }, give) => {
    const snapshot = await told.anvil.client.snapshot();
    publish(told);
    await give(told);
    await told.anvil.client.revert({ id: snapshot });
  },
  open: async ({ page, world }, give) => {
    await give(async (path = '#/') => {
      await page.goto(`${world.site.url}/${path}`);
      return page;
    });
  },
});

export { expect } from '@playwright/test';
