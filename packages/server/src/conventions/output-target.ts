/** Folder inside the container that is the user's own on the host. */
export const OUTPUT_TARGET = '/outdir';
