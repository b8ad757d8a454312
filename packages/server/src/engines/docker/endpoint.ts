/** Where an engine is reached, in the words node:http takes. */
export type EndpointOptions = { socketPath: string } | { host: string; port: number };

/**
 * Reads what people write into DOCKER_HOST: `unix:///var/run/docker.sock`, `tcp://host:2375` or a plain socket path.
 * Throws an Error that says what may be written instead.
 */
export function parseEndpoint(text: string): EndpointOptions {
  if (text.startsWith('/')) return { socketPath: text };
  if (text.startsWith('unix://') && text.length > 'unix://'.length) {
    return { socketPath: text.slice('unix://'.length) };
  }
  const tcp = /^(?:tcp|http):\/\/(?<host>[^/:@\s]+|\[[0-9a-fA-F:]+\])(?::(?<port>\d+))?\/?$/.exec(text)?.groups;
  if (tcp?.['host']) return { host: tcp['host'], port: Number(tcp['port'] ?? 2375) };
  throw new Error(
    `"${text}" is not an address of a Docker Engine. Write unix:///var/run/docker.sock, tcp://host:2375 or the path of a socket.`,
  );
}
