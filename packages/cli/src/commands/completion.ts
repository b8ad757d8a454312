import { Argument, type Command } from 'commander';
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts';
import { withExamples } from '../options.ts';

export function define(completion: Command): void {
  completion
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action((shell: Shell) => void process.stdout.write(COMPLETION_SCRIPTS[shell]));
  withExamples(
    completion,
    'dopq completion bash > ~/.local/share/bash-completion/completions/dopq',
    'source <(dopq completion bash)',
    'dopq completion zsh > "${fpath[1]}/_dopq"',
    'dopq completion fish > ~/.config/fish/completions/dopq.fish',
  );
}
