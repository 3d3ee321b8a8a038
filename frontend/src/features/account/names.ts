import type { Strings } from '../../shared/i18n/en';

function named(names: Readonly<Record<string, string>>, name: string): string {
  return names[name] ?? name; // one that is newer than this page is shown as the backend calls it
}

export function roleName(t: Strings, role: string): string {
  const names = {
    administrator: t.roleAdministrator,
    product_manager: t.roleProductManager,
    junior_underwriter: t.roleJuniorUnderwriter,
    senior_underwriter: t.roleSeniorUnderwriter,
    committee_member: t.roleCommitteeMember,
    adjuster: t.roleAdjuster,
    treasurer: t.roleTreasurer,
    payment_clerk: t.rolePaymentClerk,
    customer_service: t.roleCustomerService,
    auditor: t.roleAuditor,
    policyholder: t.rolePolicyholder,
    maintenance_engineer: t.roleMaintenanceEngineer,
    oracle_node: t.roleOracleNode,
    institution: t.roleInstitution,
  };
  return named(names, role);
}

export function factorName(t: Strings, factor: string): string {
  return named({ totp: t.factorTotp, passkey: t.factorPasskey, recovery_code: t.factorRecovery }, factor);
}

export function methodName(t: Strings, method: string): string {
  const names = { password: t.byPassword, passkey: t.factorPasskey, wallet: t.byWallet, oidc: t.byOidc };
  return named(names, method);
}
