import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** In development the two static paths come from a running backend; in production it serves this page itself. */
const backend = process.env['QUITTANCE_BACKEND_URL'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [react()],
  build: { target: 'es2023', sourcemap: false, chunkSizeWarningLimit: 800 },
  server: { proxy: { '/deployment.json': backend, '/documents': backend } },
  test: { environment: 'node', include: ['src/**/*.test.{ts,tsx}'], restoreMocks: true },
});
