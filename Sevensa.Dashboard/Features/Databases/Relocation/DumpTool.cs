using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Databases.Backups;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>
/// Runs <c>pg_dump</c> and <c>pg_restore</c> as the owner of a place. A password goes in the environment, and names as conninfo
/// and pattern that mean them literally.
/// </summary>
internal sealed partial class DumpTool(PostgresDoor door, IOptions<DrillOptions> options)
{
    private const int LongestLine = 300;
    private const int LinesTold = 3;

    /// <summary>How the name of what is not whole yet ends.</summary>
    private const string Unfinished = ".part";

    /// <summary>What takes longer is given up.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>Dumps a place straight into a database; nothing of it is laid down here.</summary>
    /// <param name="snapshot">That a session exported: the copy is of that moment. Null: of when the dump begins.</param>
    /// <returns>What was refused, in the programs' words; nothing when all went.</returns>
    /// <exception cref="InvalidDataException">A program is missing, in words.</exception>
    public async Task<IReadOnlyList<string>> CopyAsync(
        Instance from,
        TenantPlace place,
        Instance to,
        string database,
        string? snapshot,
        CancellationToken cancellation
    )
    {
        using var dump = Start(
            "pg_dump",
            [
                .. await SignInAsync(from, place.Database, place.Owner),
                .. What(place),
                .. snapshot is null
                    ? Array.Empty<string>()
                    : [$"--snapshot={snapshot}", $"--exclude-table-data={ChangeJournal.TableOf(place)}"],
            ],
            await EnvironmentAsync(from, cancellation),
            input: false
        );
        using var restore = Start(
            "pg_restore",
            ["--no-owner", .. await SignInAsync(to, database, place.Owner)],
            await EnvironmentAsync(to, cancellation),
            input: true
        );
        using var gone = cancellation.Register(() => End(dump, restore));
        try
        {
            var cut = false;
            var told = (
                dump.StandardError.ReadToEndAsync(cancellation),
                restore.StandardError.ReadToEndAsync(cancellation),
                restore.StandardOutput.ReadToEndAsync(cancellation)
            );
            try
            {
                await dump.StandardOutput.BaseStream.CopyToAsync(restore.StandardInput.BaseStream, cancellation);
                restore.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended before it had read all: what it says tells why. Nobody reads on, so the dump would never end.
                cut = true;
                End(dump);
            }
            await dump.WaitForExitAsync(cancellation);
            await restore.WaitForExitAsync(cancellation);
            var (dumped, restored) = (await told.Item1, await told.Item2);
            var errors = Errors(dumped).Concat(Errors(restored)).Take(LinesTold).ToList();
            // Of the restore the code says nothing: it is 1 also where an older server knows a setting not.
            return errors.Count > 0 ? errors
                : cut ? [$"pg_restore ended with code {restore.ExitCode} before it had read all"]
                : dump.ExitCode == 0 ? errors
                : [$"pg_dump ended with code {dump.ExitCode}"];
        }
        finally
        {
            End(dump, restore);
        }
    }

    /// <summary>
    /// Lays a place down as one archive that only the dashboard's user may read, and reads it to its end again. Until it is whole
    /// it has another name, of this run only: a program that outlived its dashboard may still write to an older one.
    /// </summary>
    /// <returns>Why it is not whole; null when it is.</returns>
    /// <exception cref="InvalidDataException">A program is missing, or nothing can be laid down there, in words.</exception>
    public async Task<string?> ExportAsync(
        Instance from,
        TenantPlace place,
        string file,
        CancellationToken cancellation
    )
    {
        ForgetUnfinished(file);
        var part = $"{file}.{Guid.NewGuid():N}{Unfinished}";
        try
        {
            await new FileStream(part, OwnerOnly()).DisposeAsync();
            var why =
                await RunAsync(
                    "pg_dump",
                    [$"--file={part}", .. await SignInAsync(from, place.Database, place.Owner), .. What(place)],
                    await EnvironmentAsync(from, cancellation),
                    cancellation
                ) ?? await ReadAsync(part, cancellation);
            if (why is null)
            {
                File.Move(part, file, overwrite: true);
            }
            return why;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"The export can't be laid down: {exception.Message}", exception);
        }
        finally
        {
            ForgetUnfinished(file);
        }
    }

    /// <summary>Whether an export is there, as large as it was, and can be read to its end.</summary>
    /// <param name="size">In bytes; null when it is not known.</param>
    public async Task<bool> IsWholeAsync(string file, long? size, CancellationToken cancellation) =>
        new FileInfo(file) is { Exists: true } there
        && (size is null || there.Length == size)
        && await ReadAsync(file, cancellation) is null;

    /// <summary>Takes away what a run that was cut off has laid down of an export.</summary>
    public void ForgetUnfinished(string file)
    {
        try
        {
            foreach (
                var left in Directory
                    .EnumerateFiles(Path.GetDirectoryName(file)!)
                    .Where(one =>
                        one.StartsWith($"{file}.", StringComparison.Ordinal)
                        && one.EndsWith(Unfinished, StringComparison.Ordinal)
                    )
                    .ToList()
            )
            {
                File.Delete(left);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The folder is gone or another's: making the export tells that.
        }
    }

    /// <summary>A cut archive still lists; whoever reads all of it finds that it is cut.</summary>
    private Task<string?> ReadAsync(string file, CancellationToken cancellation) =>
        RunAsync("pg_restore", ["--file=/dev/null", file], new Dictionary<string, string>(), cancellation);

    private static FileStreamOptions OwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        return options;
    }

    /// <summary>For the lock of a table, in thousandths of a second.</summary>
    private const string LockWait = "--lock-wait-timeout=60000";

    private static IEnumerable<string> What(TenantPlace place) =>
        place.Schema is { } schema
            ? ["--format=custom", LockWait, $"--schema={PostgresNames.Quoted(schema)}"]
            : ["--format=custom", LockWait];

    private async Task<string?> RunAsync(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellation
    )
    {
        using var limit = new CancellationTokenSource(Longest);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        using var process = Start(program, [.. arguments], environment, input: false);
        using var gone = both.Token.Register(() => End(process));
        var (said, errors) = (
            process.StandardOutput.ReadToEndAsync(both.Token),
            process.StandardError.ReadToEndAsync(both.Token)
        );
        try
        {
            await process.WaitForExitAsync(both.Token);
            await said;
            return process.ExitCode == 0
                ? null
                : Errors(await errors).FirstOrDefault() ?? $"{program} ended with code {process.ExitCode}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"{program} did not end within {Longest.TotalHours:0} hours";
        }
        finally
        {
            End(process);
        }
    }

    private static Task<string[]> SignInAsync(Instance instance, string database, string owner) =>
        Task.FromResult<string[]>([
            "--no-password",
            $"--host={instance.Host}",
            $"--port={instance.Port.ToString(CultureInfo.InvariantCulture)}",
            $"--role={owner}",
            $"--dbname=dbname='{database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'",
        ]);

    private async Task<IReadOnlyDictionary<string, string>> EnvironmentAsync(
        Instance instance,
        CancellationToken cancellation
    )
    {
        var (role, password) = await door.CredentialsAsync(instance, instance.Admin!, cancellation);
        return new Dictionary<string, string>(ClientTls.Of(instance))
        {
            ["PGUSER"] = role,
            ["PGPASSWORD"] = password ?? "",
            ["PGAPPNAME"] = "sevensa-dashboard",
            ["PGCONNECT_TIMEOUT"] = "30",
        };
    }

    private Process Start(
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        bool input
    )
    {
        var start = new ProcessStartInfo(
            options.Value.ToolFolder is { } folder ? Path.Combine(folder, program) : program,
            arguments
        )
        {
            RedirectStandardInput = input,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        ClientTls.Only(start.Environment, environment);
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

    private static void End(params ReadOnlySpan<Process> processes)
    {
        foreach (var process in processes)
        {
            try
            {
                process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // It has ended, or was let go of.
            }
        }
    }

    private static IEnumerable<string> Errors(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => Error().IsMatch(line) && !Unknown().IsMatch(line))
            .Select(line => StoreText.Shorten(DrillExecutor.WithoutValues(line.TrimEnd('\r')), LongestLine));

    [GeneratedRegex(@"\b(error|fatal):", RegexOptions.IgnoreCase)]
    private static partial Regex Error();

    /// <summary>A newer program sets what an older server does not know; the rows come all the same.</summary>
    [GeneratedRegex("unrecognized configuration parameter")]
    private static partial Regex Unknown();
}
