// What a shell is told once: ask `dopq complete` for every Tab. Words are passed as words: nothing that was typed or that
// the server said is evaluated.

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The line of an answer that asks the shell for file names. */
export const FILES = ':file';

const BASH = `_dopq() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == "${FILES}" ]]; then
      compopt -o default
      COMPREPLY=()
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(dopq complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _dopq dopq
`;

const ZSH = `#compdef dopq
_dopq() {
  local -a found
  local line
  while IFS= read -r line; do
    if [[ $line == "${FILES}" ]]; then
      _files
      return
    fi
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(dopq complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe -V dopq found
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _dopq dopq
`;

const FISH = `function __dopq_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  set -l found (dopq complete -- $before[2..-1] "$current" 2>/dev/null)
  if test "$found[1]" = "${FILES}"
    __fish_complete_path "$current"
  else
    printf '%s\\n' $found
  end
end
complete -c dopq -f -a '(__dopq_complete)'
`;

export const COMPLETION_SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH };
