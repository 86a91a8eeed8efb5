namespace NodeMesh.Cli.Completion;

/// <summary>
/// The completion scripts. Each hands the line so far to <c>nodemeshctl [suggest:POSITION]</c>, which knows the commands; where it has nothing
/// to say, the shell completes file names. Stateless.
/// </summary>
internal static class ShellScript
{
    public static string For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        _ => throw new ArgumentOutOfRangeException(nameof(shell), shell, "no such shell"),
    };

    /// <remarks>
    /// bash splits words at colons (COMP_WORDBREAKS) and replaces only what follows the last one: what stands before it is taken off the
    /// suggestions. Options are suggested once a dash is typed, so that files can be completed otherwise.
    /// </remarks>
    private const string Bash = """
        # bash completion for nodemeshctl
        _nodemeshctl() {
          local line=${COMP_LINE:0:COMP_POINT} word suggestion begun
          word=${line##*[[:space:]]}
          begun=${word%"${word##*[:=]}"}
          COMPREPLY=()
          while IFS= read -r suggestion; do
            [[ $suggestion == "$word"* ]] || continue
            [[ $suggestion != -* || $word == -* ]] || continue
            COMPREPLY+=("${suggestion#"$begun"}")
          done < <("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
          if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *: ]]; then
            compopt -o nospace
          fi
        }
        complete -o default -F _nodemeshctl nodemeshctl

        """;

    private const string Zsh = """
        #compdef nodemeshctl
        # zsh completion for nodemeshctl
        _nodemeshctl() {
          local line=$LBUFFER word=$PREFIX suggestion
          local -a suggestions
          for suggestion in ${(f)"$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)"}; do
            [[ $suggestion == -* && $word != -* ]] && continue
            suggestions+=("$suggestion")
          done
          if (( ${#suggestions} )); then
            compadd -a suggestions
          else
            _files
          fi
        }
        if [[ $funcstack[1] == _nodemeshctl ]]; then
          _nodemeshctl "$@"
        else
          compdef _nodemeshctl nodemeshctl
        fi

        """;

    private const string Fish = """
        # fish completion for nodemeshctl
        function __nodemeshctl_suggest
          set -l line (commandline --cut-at-cursor)
          set -l word (commandline --current-token --cut-at-cursor)
          set -l program (commandline --tokenize --cut-at-cursor)[1]
          set -l length (string length -- "$line")
          for suggestion in ($program "[suggest:$length]" "$line" 2>/dev/null)
            if string match -q -- '-*' $suggestion; and not string match -q -- '-*' $word
              continue
            end
            echo $suggestion
          end
        end
        complete -c nodemeshctl -a '(__nodemeshctl_suggest)'

        """;
}
