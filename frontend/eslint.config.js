import js from '@eslint/js';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

// Run from the root of the repository (npm run lint does), so that tests/e2e is within reach.

/** Arrows between rooms: generated ← shared ← features ← app, and a feature never imports a feature. */
const forbid = (...patterns) => ({
  'no-restricted-imports': [
    'error',
    { patterns: patterns.map((regex) => ({ regex, message: 'Imports go one way.' })) },
  ],
});

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '**/src/generated/', '**/test-results/'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, reactHooks.configs.flat.recommended, jsxA11y.flatConfigs.strict],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allow: ['bigint'] }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      // `role="list"` and `role="status"` on elements that carry no such meaning to every reader are wanted.
      'jsx-a11y/no-redundant-roles': 'off',
    },
  },
  { files: ['**/src/shared/i18n/{en,zh}.ts'], rules: { 'max-lines': 'off' } },
  { files: ['**/src/shared/**'], rules: forbid('/features/', '/app/') },
  { files: ['**/src/features/insurer/**'], rules: forbid('/app/', '/(claimant|auditor)/') },
  { files: ['**/src/features/claimant/**'], rules: forbid('/app/', '/(insurer|auditor)/') },
  { files: ['**/src/features/auditor/**'], rules: forbid('/app/', '/(insurer|claimant)/') },
  {
    files: ['**/*.test.{ts,tsx}', '**/tests/e2e/**'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  { files: ['**/*.{js,mjs}'], languageOptions: { globals: globals.node } },
);
