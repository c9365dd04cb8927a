namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>A command of the program: work done on its store instead of serving.</summary>
public interface IProgramCommand
{
    string Name { get; }

    /// <summary>How it is called, for the one who called it wrongly.</summary>
    string Usage { get; }

    /// <returns>The exit code.</returns>
    Task<int> RunAsync(CommandLine line, CancellationToken cancellation);
}

/// <summary>The command can't be done; the message says why and what to do. Ends the program with exit code 1.</summary>
public sealed class CommandException(string message) : Exception(message);

/// <param name="Options">Without the leading dashes; switches have an empty value.</param>
/// <param name="Settings">The rest: configuration, as the web role takes it (<c>--Storage:Folder=…</c>).</param>
public sealed record CommandLine(string Name, IReadOnlyDictionary<string, string> Options, string[] Settings)
{
    private static readonly string[] Names = ["backup", "restore", "verify", "recover-admin"];
    private static readonly string[] Valued = ["to", "from", "name"];
    private static readonly string[] Switches = ["with-keys", "replace", "password-stdin"];

    /// <summary>Null when the arguments name no command.</summary>
    public static CommandLine? From(string[] args)
    {
        if (args.Length == 0 || !Names.Contains(args[0]))
        {
            return null;
        }
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        var settings = new List<string>();
        for (var index = 1; index < args.Length; index++)
        {
            var (name, value) = args[index].TrimStart('-').Split('=', 2) is [var key, var given]
                ? (key, given)
                : (args[index].TrimStart('-'), null);
            if (Switches.Contains(name) && value is null)
            {
                options[name] = "";
            }
            else if (Valued.Contains(name))
            {
                options[name] = value ?? (index + 1 < args.Length ? args[++index] : "");
            }
            else
            {
                settings.Add(args[index]);
            }
        }
        return new CommandLine(args[0], options, [.. settings]);
    }

    public bool Has(string option) => Options.ContainsKey(option);

    /// <exception cref="CommandException">It was not given.</exception>
    public string Required(string option, string usage) =>
        Options.TryGetValue(option, out var value) && value.Length > 0
            ? value
            : throw new CommandException($"--{option} is missing. Usage: {usage}");
}
