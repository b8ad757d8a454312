/** A user's name becomes a folder on the share and a value in the container, so its alphabet is small. */
export const USER_NAME: RegExp = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
