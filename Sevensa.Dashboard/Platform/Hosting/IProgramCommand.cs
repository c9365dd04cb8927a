using System.CommandLine;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>A command of the program: work done on its store instead of serving.</summary>
public interface IProgramCommand
{
    /// <summary>How it is called; the one object that the line was read by.</summary>
    Command Syntax { get; }

    /// <param name="line">Read by <see cref="Syntax"/>.</param>
    /// <exception cref="CommandException">It can't be done.</exception>
    /// <returns>The exit code.</returns>
    Task<int> RunAsync(ParseResult line, CancellationToken cancellation);
}

/// <summary>The command can't be done; the message says why and what to do. Ends the program with exit code 1.</summary>
public sealed class CommandException(string message) : Exception(message);
