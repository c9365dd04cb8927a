using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Backups;

/// <summary>What <c>pg_restore</c> said.</summary>
/// <param name="Errors">Lines that tell of what was not restored; what only an older server does not know is not among them.</param>
internal sealed partial record Restored(int ExitCode, IReadOnlyList<string> Lines, IReadOnlyList<string> Errors)
{
    /// <summary>It never came in, so nothing is known of the archive.</summary>
    public string? NotLetIn => Errors.FirstOrDefault(line => Connection().IsMatch(line));

    [GeneratedRegex("error: (connection to server|could not connect|could not translate host name)")]
    private static partial Regex Connection();
}

/// <summary>Runs <c>pg_restore</c>; its arguments go as they are, and a password in its environment.</summary>
internal sealed partial class RestoreTool(IOptions<DrillOptions> options)
{
    private const int LongestLine = 300;

    /// <summary>How many tables' rows are in an archive, and the extensions that it makes.</summary>
    /// <exception cref="InvalidDataException">It is none that can be restored, or the program is missing; in words.</exception>
    public async Task<(int Tables, IReadOnlyList<string> Extensions)> ListAsync(
        string archive,
        CancellationToken cancellation
    )
    {
        var listed = await RunAsync(["--list", archive], null, cancellation);
        return listed.ExitCode == 0
            ? (
                listed.Lines.Count(line => line.Contains(" TABLE DATA ", StringComparison.Ordinal)),
                [
                    .. listed
                        .Lines.Select(line => Extension().Match(line))
                        .Where(found => found.Success)
                        .Select(found => found.Groups[1].Value),
                ]
            )
            : throw new InvalidDataException(
                $"pg_restore can't read it: {listed.Errors.Concat(listed.Lines).FirstOrDefault() ?? "it says nothing"}. Archives of pg_dump in custom, directory or tar format (-Fc, -Fd, -Ft) can be restored."
            );
    }

    /// <exception cref="InvalidDataException">The program is missing, in words.</exception>
    public Task<Restored> RestoreAsync(
        string archive,
        Instance instance,
        string database,
        string role,
        string password,
        CancellationToken cancellation
    ) =>
        RunAsync(
            [
                "--no-owner",
                "--no-privileges",
                "--no-password",
                $"--host={instance.Host}",
                $"--port={instance.Port.ToString(CultureInfo.InvariantCulture)}",
                $"--username={role}",
                $"--dbname={database}",
                archive,
            ],
            new Dictionary<string, string>(ClientTls.Of(instance)) { ["PGPASSWORD"] = password },
            cancellation
        );

    private async Task<Restored> RunAsync(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string>? environment,
        CancellationToken cancellation
    )
    {
        var start = new ProcessStartInfo(
            options.Value.ToolFolder is { } folder ? Path.Combine(folder, "pg_restore") : "pg_restore",
            arguments
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        ClientTls.Only(start.Environment, environment ?? new Dictionary<string, string>());
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(TimeSpan.FromMinutes(options.Value.Minutes));
        using var process = Started(start);
        try
        {
            var (said, errors) = (
                process.StandardOutput.ReadToEndAsync(patience.Token),
                process.StandardError.ReadToEndAsync(patience.Token)
            );
            await process.WaitForExitAsync(patience.Token);
            var lines = Lines(await said);
            return new Restored(
                process.ExitCode,
                lines,
                [.. Lines(await errors).Where(line => Error().IsMatch(line) && !Unknown().IsMatch(line))]
            );
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static Process Started(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidDataException(
                $"There is no {start.FileName} that could be run: {exception.Message}. Install PostgreSQL's client programs where the dashboard runs, or set Databases:Drill:ToolFolder.",
                exception
            );
        }
    }

    private static List<string> Lines(string text) =>
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => Platform.Storage.StoreText.Shorten(line.TrimEnd('\r'), LongestLine)),
        ];

    [GeneratedRegex(@"^\d+; \d+ \d+ EXTENSION - (.+?) ?$")]
    private static partial Regex Extension();

    [GeneratedRegex(@"\berror:", RegexOptions.IgnoreCase)]
    private static partial Regex Error();

    /// <summary>A newer archive sets what an older server does not know; its rows come all the same.</summary>
    [GeneratedRegex("unrecognized configuration parameter")]
    private static partial Regex Unknown();
}
