// A real OAuth 2.1 authorization server for the tests: node-oidc-provider on loopback, one client, tokens as JWTs.
// Prints its issuer when it listens. Arguments: the audience of the tokens, and how long they live in seconds.
import http from 'node:http'
import { Provider } from 'oidc-provider'

const [audience, lifetime] = process.argv.slice(2)
const server = http.createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const scopes = 'pai-dlc pai-dlc:read pai-dlc:jobs pai-dlc:jobs:read pai-dlc:person unrelated'
  const provider = new Provider(issuer, {
    clients: ['ann', 'bob'].map((name) => ({
      client_id: name,
      client_secret: `${name}-secret-of-a-test-only`,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: scopes,
    })),
    scopes: scopes.split(' '),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (context, resource) => ({
          scope: scopes,
          audience: resource === audience ? audience : `${resource}#other`,
          accessTokenFormat: 'jwt',
          accessTokenTTL: Number(lifetime),
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  })
  server.on('request', provider.callback())
  console.log(issuer)
})
