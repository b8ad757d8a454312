// The images a Dockerfile starts from, as far as they can be told without running it.

/** Names in FROM and COPY --from, with the defaults of ARGs before the first FROM put in; stages of its own left out. */
export function baseImagesOf(dockerfile: string): string[] {
  const lines = dockerfile.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/);
  const args = new Map<string, string>();
  const stages = new Set<string>(['scratch']);
  const images = new Set<string>();
  const add = (word: string) => {
    const image = word.replaceAll(/\$\{?([A-Za-z_]\w*)\}?/g, (all, name: string) => args.get(name) ?? all);
    if (!stages.has(image.toLowerCase()) && !/^\d+$/.test(image) && !image.includes('$')) images.add(image);
  };
  let isAtHead = true;
  for (const line of lines) {
    const arg = /^\s*ARG\s+([A-Za-z_]\w*)=(["']?)(\S*?)\2\s*$/i.exec(line);
    if (arg && isAtHead) args.set(arg[1] ?? '', arg[3] ?? '');
    const from = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(line);
    if (from) {
      isAtHead = false;
      add(from[1] ?? '');
      if (from[2]) stages.add(from[2].toLowerCase());
    }
    const copy = /^\s*COPY\s+(?:--\S+\s+)*?--from=(\S+)/i.exec(line);
    if (copy) add(copy[1] ?? '');
  }
  return [...images];
}

/** The registry of an image name, as Docker decides it; Docker's own has the name that `docker login` gives it. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : 'https://index.docker.io/v1/';
}
