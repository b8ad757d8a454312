const SECRET_NAME = /TOKEN|PASSW|SECRET|API_?KEY|PRIVATE_?KEY|CREDENTIAL/i;

/** Remarks on a Dockerfile for its owner: build arguments and variables stay readable in the image's history. */
export function remarksOnDockerfile(text: string): string[] {
  const names = new Set<string>();
  for (const [, name] of text.matchAll(/^\s*(?:ARG|ENV)\s+([A-Za-z_][A-Za-z0-9_]*)/gim)) {
    if (name !== undefined && SECRET_NAME.test(name)) names.add(name);
  }
  return [...names].map(
    (name) => `Dockerfile: ${name} looks like a secret; whoever has the image can read it with "docker history"`,
  );
}
