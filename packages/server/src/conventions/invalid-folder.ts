/** Where refused archives of an inbox go, also those of the share's root: no user can have that name. */
export const INVALID_FOLDER = 'invalid';
