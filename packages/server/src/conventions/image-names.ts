// How images that DoPQ makes are called: by their content, so that it is built once, in a repository of this DoPQ's own.

/** Where all images of this DoPQ are. */
export function repositoryOf(instance: string): string {
  return `dopq/${instance
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, 12)}`;
}

/** Name of the image with this content; nobody can guess it without having the content. */
export function tagOf(instance: string, content: string): string {
  return `${repositoryOf(instance)}:${content.slice(0, 40)}`;
}
