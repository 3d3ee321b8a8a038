/* Shows the API's own description, served beside it: nothing is fetched from anywhere else. */
globalThis.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  validatorUrl: null,
});
