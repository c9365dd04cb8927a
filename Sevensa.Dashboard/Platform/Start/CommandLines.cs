using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Sevensa.Dashboard.Platform.Start;

/// <summary>How both programs read their command lines, and what they say of one that can't be read.</summary>
public static class CommandLines
{
    // A value that begins with @ is a value, not a file with more of the line.
    private static readonly ParserConfiguration Reading = new()
    {
        ResponseFileTokenReplacer = null,
        EnablePosixBundling = false,
    };

    // What runs listens to the signals itself, and its faults are told by whoever throws them.
    private static readonly InvocationConfiguration Running = new()
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };

    /// <summary>An option that a value follows, as <c>--name value</c> or <c>--name=value</c>.</summary>
    /// <param name="value">What stands for the value in the usage: <c>FILE</c>.</param>
    public static Option<string?> Valued(string name, string value, string description, bool required = false) =>
        new(name)
        {
            // None is a mistake too, and told in our words; else a value that is missing would be taken from the next option.
            Arity = ArgumentArity.ZeroOrOne,
            HelpName = value,
            Description = description,
            Required = required,
        };

    /// <returns>What the command returned; 1 when the line can't be read, with every mistake on stderr.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        var line = root.Parse(args, Reading);
        var mistakes = line.Action is ParseErrorAction ? Mistakes(line) : [];
        foreach (var mistake in mistakes)
        {
            await Console.Error.WriteLineAsync(mistake);
        }
        if (mistakes.Count > 0)
        {
            return 1;
        }
        try
        {
            return await line.InvokeAsync(Running);
        }
        catch (CommandLineException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    /// <summary>
    /// The line with the first word that is neither an option, nor the value of one, nor a setting given as that option's:
    /// <c>restore FILE</c> as <c>restore --from FILE</c>. Settings may be any options at all, so the parser can't tell.
    /// </summary>
    public static string[] Named(string[] args, Command command, Option<string?> option)
    {
        if (args.Length == 0 || args[0] != command.Name)
        {
            return args;
        }
        for (var at = 1; at < args.Length; at++)
        {
            var word = args[at];
            if (!word.StartsWith('-'))
            {
                return word.Contains('=', StringComparison.Ordinal) && word.Contains(':', StringComparison.Ordinal)
                    ? args
                    : [.. args[..at], option.Name, .. args[at..]];
            }
            var known = command.Options.FirstOrDefault(one => one.Name == word || one.Aliases.Contains(word));
            if (known == option)
            {
                return args;
            }
            // One of the command's takes a value when it has a name for it; a setting's follows unless it is in the word.
            if (known is null ? !word.Contains('=', StringComparison.Ordinal) : known.HelpName is not null)
            {
                at++;
            }
        }
        return args;
    }

    /// <summary>The line as a command would get it.</summary>
    public static ParseResult Read(Command command, string[] args) => command.Parse(args, Reading);

    /// <exception cref="CommandLineException">It was given without its value.</exception>
    /// <returns>Null when it was not given.</returns>
    public static string? ValueOf(this ParseResult line, Option<string?> option) =>
        line.GetResult(option) is { Implicit: false, Tokens.Count: 0 }
            ? throw new CommandLineException(Missing(option, line.CommandResult.Command))
            : line.GetValue(option);

    private static List<string> Mistakes(ParseResult line)
    {
        var command = line.CommandResult.Command;
        if (command is RootCommand && line.UnmatchedTokens is [var word, ..])
        {
            var known = command.Subcommands.Select(one => one.Name);
            return [$"{word}: there is no such command (there are {string.Join(", ", known)})"];
        }
        var missing = command.Options.Where(option =>
            option.Required && line.GetResult(option) is null or { Implicit: true }
        );
        List<string> mistakes = [.. missing.Select(option => Missing(option, command))];
        return mistakes.Count > 0
            ? mistakes
            : [.. line.Errors.Select(error => $"{error.Message} Usage: {Usage(command)}")];
    }

    private static string Missing(Option option, Command command) =>
        $"{option.Name} is missing. Usage: {Usage(command)}";

    private static string Usage(Command command) =>
        string.Join(
            ' ',
            command
                .Options.Select(option => option.HelpName is { } value ? $"{option.Name} {value}" : option.Name)
                .Zip(command.Options, (text, option) => option.Required ? text : $"[{text}]")
                .Prepend(command.Name)
        );
}

/// <summary>The line can't be done; the message says why and how it is written. Ends the program with exit code 1.</summary>
public sealed class CommandLineException(string message) : Exception(message);
