using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Backups;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Backups;

/// <summary>Backups of a running dashboard: what is in them, what proves them, and what is refused.</summary>
public sealed class BackupTests(SandboxApp app) : IClassFixture<SandboxApp>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("backup-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private StoreBackup Backup => app.Services.GetRequiredService<StoreBackup>();

    private StoreRestore Restore => app.Services.GetRequiredService<StoreRestore>();

    private IAuditLog Record => app.Services.GetRequiredService<IAuditLog>();

    [Fact]
    public async Task It_is_for_its_owner_and_says_what_is_in_it_and_what_is_not()
    {
        var (file, manifest) = await Backup.WriteAsync(folder, withKeys: false, default);
        Assert.Matches(@"/sevensa-\d{8}T\d{6}Z\.backup$", file);
        Assert.Equal(file, Assert.Single(Directory.GetFileSystemEntries(folder)));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        await using var archive = await ZipFile.OpenReadAsync(file);
        var names = archive.Entries.Select(entry => entry.FullName).ToHashSet();
        Assert.Equal(
            ["manifest.json", "marks/audit.head", "marks/key.audit-head", "settings.json", "sevensa.db"],
            names.Order(StringComparer.Ordinal)
        );
        Assert.Equal(names.Count - 1, manifest.Parts!.Count);
        Assert.True(manifest.Tables!["AuditRecord"] >= manifest.Record!.Number);
        Assert.Contains(manifest.LeftOut!, line => line.StartsWith("The key file", StringComparison.Ordinal));
        var settings = await JsonDocument.ParseAsync(await archive.GetEntry("settings.json")!.OpenAsync());
        Assert.Equal(app.Folder, settings.RootElement.GetProperty("Storage:Folder").GetString());
        Assert.DoesNotContain(Directory.GetDirectories(app.Folder), path => path.Contains(".copying-"));
        var again = await Assert.ThrowsAsync<StoreException>(() => Backup.WriteAsync(file, false, default));
        Assert.Contains("exists already", again.Message);
    }

    [Fact]
    public void Settings_are_noted_without_what_is_a_secret_of_this_place()
    {
        var given = new ConfigurationBuilder()
            .AddInMemoryCollection([
                new("Storage:Postgres", "Host=db;Username=sevensa;Password=top-secret"),
                new("Prometheus:Url", "http://reader:top-secret@127.0.0.1:9090"),
                new("Notifications:WebhookUrl", "https://hooks.example/top-secret"),
                new("Loki:TokenFile", "/run/secrets/loki"),
                new("PATH", "top-secret"),
            ])
            .Build();
        var sections = new[] { "Storage", "Prometheus", "Notifications", "Loki" };
        var settings = new NotedSettings(
            given,
            sections.Select(name => new CheckedSection(name, typeof(StorageOptions)))
        ).Read(out var secrets, out var files);
        Assert.DoesNotContain("top-secret", string.Join('\n', settings.Values));
        Assert.Equal("Host=db;Username=sevensa", settings["Storage:Postgres"]);
        Assert.Equal("http://(left out)@127.0.0.1:9090", settings["Prometheus:Url"]);
        Assert.Equal(["Notifications:WebhookUrl", "Prometheus:Url", "Storage:Postgres"], secrets);
        Assert.Equal(["Loki:TokenFile"], files);
        Assert.Equal("/run/secrets/loki", settings["Loki:TokenFile"]);
    }

    [Fact]
    public async Task One_taken_in_the_midst_of_writing_is_restored_elsewhere_and_signs_people_in()
    {
        var file = Path.Combine(folder, "midst.backup");
        using var enough = new CancellationTokenSource();
        var began = new TaskCompletionSource();
        var writing = Task.Run(async () =>
        {
            for (var number = 0; !enough.IsCancellationRequested; number++)
            {
                await Record.AppendAsync(new AuditEntry(AuditActor.System, "test.midst", Target: $"{number}"));
                began.TrySetResult();
            }
        });
        await began.Task;
        var (_, manifest) = await Backup.WriteAsync(file, withKeys: true, default);
        var told = await Restore.CheckAsync(file, null, default);
        Assert.Contains(told, line => line.Contains($"with row {manifest.Record!.Number} as it was noted"));
        var place = Path.Combine(folder, "place");
        var (code, output) = await ProgramRun.ToEndAsync(["restore", file], [("Storage__Folder", place)]);
        await enough.CancelAsync();
        await writing;
        Assert.True(code == 0, output);
        Assert.Contains("The audit record holds", output);
        Assert.True(File.Exists(Path.Combine(place, "settings-of-backup.json")));
        Assert.False(File.Exists(Path.Combine(place, "sevensa.db-wal")));

        await using var restored = new ConfiguredApp(("Storage:Folder", place), ("Docker:Endpoint", "none"));
        await restored.InitializeAsync();
        using var admin = await restored.ApiAsAsync("admin");
        using var verified = JsonDocument.Parse(await admin.GetStringAsync("/api/v1/audit/verify"));
        Assert.True(verified.RootElement.GetProperty("valid").GetBoolean(), verified.RootElement.ToString());
        Assert.Contains("store.restored", await admin.GetStringAsync("/api/v1/audit?action=store.*"));
        using var browser = await restored.BrowserAsAsync("operator");
    }

    [Fact]
    public async Task The_runbook_of_a_lost_host_is_carried_out_as_it_is_written()
    {
        var passphrase = Secret("correct horse battery");
        var backups = Directory.CreateDirectory(Path.Combine(folder, "backups")).FullName;
        (string, string)[] given = [("BACKUPS", backups), ("PASSPHRASE", passphrase)];
        await Runbook.RunAsync("Every night", [.. given, ("Storage__Folder", app.Folder)]);
        (string, string)[] elsewhere = [.. given, ("Storage__Folder", Path.Combine(folder, "elsewhere"))];
        Assert.Contains("can be restored. Nothing was changed.", await Runbook.RunAsync("Is it good?", elsewhere));
        var output = await Runbook.RunAsync("Lost host", elsewhere);
        Assert.Contains("The store is as it was in", output);
        Assert.Contains("noted.\nThe audit record holds", output);
    }

    [Fact]
    public async Task What_is_cut_off_or_changed_is_refused_in_words()
    {
        var file = Path.Combine(folder, "whole.backup");
        await Backup.WriteAsync(file, withKeys: true, default);
        var whole = await File.ReadAllBytesAsync(file);
        var harmed = Path.Combine(folder, "harmed.backup");
        foreach (var length in new[] { 0, 10, whole.Length / 2, whole.Length - 1 })
        {
            await RefusedAsync(whole[..length], harmed, "can't be read as a backup");
        }
        // Unpacked, since a bit of what is packed may be turned and mean the same.
        var unpacked = await UnpackedAsync(file, Path.Combine(folder, "unpacked.backup"));
        var database = unpacked.AsSpan().IndexOf("SQLite format 3"u8);
        foreach (var at in new[] { database, database + 5_000, database + 50_000 })
        {
            var changed = unpacked.ToArray();
            changed[at] ^= 0x20;
            await RefusedAsync(changed, harmed, "changed");
        }
        await RewriteAsync(
            file,
            harmed,
            archive => ReplaceAsync(archive, "settings.json", _ => "{}"),
            "settings.json in",
            "is not what was written"
        );
        await RewriteAsync(
            file,
            harmed,
            archive =>
            {
                archive.GetEntry("marks/audit.head")!.Delete();
                return Task.CompletedTask;
            },
            "marks/audit.head is missing"
        );
        await RewriteAsync(
            file,
            harmed,
            archive => ReplaceAsync(archive, "more.txt", _ => "more"),
            "more.txt, which its manifest does not know"
        );
        await RewriteAsync(
            file,
            harmed,
            archive => ManifestAsync(archive, manifest => manifest["Tables"]!["People"] = 12345),
            "The table People has",
            "12345 were noted"
        );
        await RewriteAsync(
            file,
            harmed,
            archive => ManifestAsync(archive, manifest => manifest["Schema"] = "20990101000000_Later"),
            "was written by a newer version",
            "20990101000000_Later"
        );
        await RewriteAsync(
            file,
            harmed,
            archive => ManifestAsync(archive, manifest => manifest["Format"] = 3),
            "in a form that this version does not read"
        );
        await RewriteAsync(
            file,
            harmed,
            archive => ManifestAsync(archive, manifest => manifest[nameof(Record)]!["Hash"] = new string('0', 64)),
            "is not the one that it was made of"
        );
        await RewriteAsync(
            file,
            harmed,
            archive => ManifestAsync(archive, manifest => manifest["Keys"] = false),
            "says that the key file is not in it, and it is"
        );
    }

    [Fact]
    public async Task One_of_the_form_before_which_noted_neither_sums_nor_rows_is_read()
    {
        var file = Path.Combine(folder, "before.backup");
        await Backup.WriteAsync(file, withKeys: true, default);
        await using (var archive = await ZipFile.OpenAsync(file, ZipArchiveMode.Update))
        {
            foreach (var name in new[] { "marks/audit.head", "marks/key.audit-head", "settings.json" })
            {
                archive.GetEntry(name)!.Delete();
            }
            await ManifestAsync(
                archive,
                manifest =>
                {
                    manifest["Format"] = 1;
                    foreach (var later in new[] { "Schema", "Tables", "Parts", "LeftOut" })
                    {
                        manifest.AsObject().Remove(later);
                    }
                }
            );
        }
        Assert.Contains("noted neither sums nor rows", (await Restore.CheckAsync(file, null, default))[0]);
    }

    [Fact]
    public async Task A_record_that_was_shortened_inside_it_is_missed_though_every_sum_is_right()
    {
        await Record.AppendAsync(new AuditEntry(AuditActor.System, "test.last"));
        var file = Path.Combine(folder, "whole.backup");
        await Backup.WriteAsync(file, withKeys: true, default);
        var harmed = Path.Combine(folder, "harmed.backup");
        await RewriteAsync(
            file,
            harmed,
            async archive =>
            {
                var database = Path.Combine(folder, "taken.db");
                await archive.GetEntry("sevensa.db")!.ExtractToFileAsync(database);
                await using (var connection = new SqliteConnection($"Data Source={database};Pooling=False"))
                {
                    await connection.OpenAsync();
                    await using var harm = connection.CreateCommand();
                    harm.CommandText = """
                        DROP TRIGGER "AuditRecord_no_DELETE";
                        DELETE FROM "AuditRecord" WHERE "Number" = (SELECT MAX("Number") FROM "AuditRecord");
                        """;
                    await harm.ExecuteNonQueryAsync();
                }
                archive.GetEntry("sevensa.db")!.Delete();
                await archive.CreateEntryFromFileAsync(database, "sevensa.db");
                var bytes = await File.ReadAllBytesAsync(database);
                await ManifestAsync(
                    archive,
                    manifest =>
                    {
                        var tables = manifest["Tables"]!;
                        tables["AuditRecord"] = (long)tables["AuditRecord"]! - 1;
                        var part = manifest["Parts"]!.AsArray().Single(one => (string)one!["Name"]! == "sevensa.db")!;
                        part["Bytes"] = bytes.LongLength;
                        part["Sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
                    }
                );
            },
            "The audit record in it does not hold at row",
            "cut off the end"
        );
    }

    [Fact]
    public async Task Under_a_passphrase_it_is_opened_by_that_alone_and_as_a_whole()
    {
        var (right, wrong, brief) = (Secret("correct horse battery"), Secret("another horse battery"), Secret("short"));
        // What can't be packed into little, so that there are several pieces.
        for (var row = 0; row < 60; row++)
        {
            var detail = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(2_900));
            await Record.AppendAsync(new AuditEntry(AuditActor.System, "test.large", Detail: detail));
        }
        var file = Path.Combine(folder, "sealed.backup");
        var refused = await Assert.ThrowsAsync<StoreException>(() => Backup.WriteAsync(file, true, brief, default));
        Assert.Contains("fewer than 12 characters", refused.Message);
        Assert.False(File.Exists(file));
        var (_, manifest) = await Backup.WriteAsync(file, true, right, default);
        var whole = await File.ReadAllBytesAsync(file);
        const int Piece = 64 * 1024 + 16;
        Assert.True(whole.Length > 64 + (2 * Piece), $"{whole.Length} bytes");
        Assert.Equal(-1, whole.AsSpan().IndexOf("manifest.json"u8));
        Assert.NotEmpty(await Restore.CheckAsync(file, right, default));
        Assert.Equal(manifest.Record, await StoreRestore.MarkAsync(file, right, default));
        Assert.Contains("--passphrase-file", await RefusalAsync(file));
        Assert.Contains("The passphrase is not the one", await RefusalAsync(file, wrong));
        Assert.Contains("can't be read from", await RefusalAsync(file, Path.Combine(folder, "none")));
        var plain = Path.Combine(folder, "plain.backup");
        await Backup.WriteAsync(plain, withKeys: true, default);
        Assert.Contains("is not sealed, and a passphrase was given", await RefusalAsync(plain, right));
        var harmed = Path.Combine(folder, "harmed.backup");
        // At the end of a piece too, where nothing but the missing last mark shows it.
        foreach (var length in new[] { 20, 64, 64 + Piece, whole.Length - 1, whole.Length / 2 })
        {
            await File.WriteAllBytesAsync(harmed, whole[..length]);
            Assert.Contains("cut off", await RefusalAsync(harmed, right));
        }
        foreach (var at in new[] { 100, 64 + Piece + 5, whole.Length - 3 })
        {
            var changed = whole.ToArray();
            changed[at] ^= 1;
            await File.WriteAllBytesAsync(harmed, changed);
            Assert.Contains("was changed, or cut off", await RefusalAsync(harmed, right));
        }
        // Two pieces that changed places.
        var turned = whole.ToArray();
        whole.AsSpan(64, Piece).CopyTo(turned.AsSpan(64 + Piece));
        whole.AsSpan(64 + Piece, Piece).CopyTo(turned.AsSpan(64));
        await File.WriteAllBytesAsync(harmed, turned);
        Assert.Contains("was changed", await RefusalAsync(harmed, right));
    }

    [Fact]
    public async Task Without_its_key_nothing_is_restored_and_another_key_is_named()
    {
        var file = Path.Combine(folder, "keyless.backup");
        await Backup.WriteAsync(file, withKeys: false, default);
        var place = Path.Combine(folder, "place");
        var (code, output) = await ProgramRun.ToEndAsync(["restore", file], [("Storage__Folder", place)]);
        Assert.Equal(1, code);
        Assert.Contains("The key file is not in", output);
        Assert.DoesNotContain("   at ", output);
        var key = Path.Combine(folder, "another.key");
        await File.WriteAllTextAsync(key, Convert.ToBase64String(new byte[32]));
        (code, output) = await ProgramRun.ToEndAsync(
            ["restore", "--check", file],
            [("Storage__Folder", place), ("Security__KeyFile", key)]
        );
        Assert.Equal(1, code);
        Assert.Contains("under another key", output);
        Assert.Empty(Directory.Exists(place) ? Directory.GetFileSystemEntries(place) : []);
    }

    /// <summary>A disk that takes no more: the system refuses every byte of a file beyond a size.</summary>
    [Fact]
    public async Task On_a_full_disk_there_is_no_half_of_it()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        // One that nothing runs on, so that its log is short.
        var store = Path.Combine(folder, "still");
        var first = Path.Combine(folder, "first.backup");
        await Backup.WriteAsync(first, withKeys: true, default);
        var (restored, said) = await ProgramRun.ToEndAsync(["restore", first], [("Storage__Folder", store)]);
        Assert.True(restored == 0, said);
        var program = Path.ChangeExtension(typeof(Program).Assembly.Location, ".dll");
        var start = new ProcessStartInfo(
            "/bin/sh",
            [
                "-c",
                "trap '' XFSZ; ulimit -f 1000; exec dotnet \"$0\" backup --to \"$1\"",
                program,
                $"{folder}/full.backup",
            ]
        )
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["Storage__Folder"] = store;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        // Its memory for compiled code counts as a file otherwise.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience.Usual);
        var all = await output + await errors;
        Assert.True(process.ExitCode == 1, all);
        Assert.DoesNotContain("   at ", all);
        Assert.Matches("disk|too large|space", all);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(folder), path => path.Contains("full.backup"));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(store), path => path.Contains(".copying-"));
    }

    [Fact]
    public async Task What_a_killed_one_left_is_taken_away_and_what_another_is_at_stays()
    {
        var left = Directory.CreateDirectory(Path.Combine(app.Folder, ".copying-left"));
        await File.WriteAllTextAsync(Path.Combine(left.FullName, "sevensa.db"), "half");
        using var another = ScratchFolder.In(app.Folder);
        Assert.False(left.Exists && Directory.Exists(left.FullName));
        await Backup.WriteAsync(Path.Combine(folder, "one.backup"), withKeys: false, default);
        Assert.True(Directory.Exists(another.Path));
    }

    [Fact]
    public async Task So_it_is_where_one_is_only_checked()
    {
        var left = Path.Combine(Path.GetTempPath(), $"sevensa-copying-{Guid.NewGuid():n}");
        Directory.CreateDirectory(left);
        // What tells that nobody is at it comes last: until then no other program takes it away.
        foreach (var name in new[] { "archive.zip", "held" })
        {
            await File.WriteAllTextAsync(Path.Combine(left, name), "half");
        }
        using var another = ScratchFolder.Elsewhere();
        await Eventually.TrueAsync(
            "it is gone, by this or by another program that was at it already",
            _ => Task.FromResult(!Directory.Exists(left))
        );
        using var third = ScratchFolder.Elsewhere();
        Assert.True(Directory.Exists(another.Path));
    }

    private string Secret(string words)
    {
        var file = Path.Combine(folder, Guid.NewGuid().ToString("n"));
        File.WriteAllText(file, words + "\n");
        return file;
    }

    private async Task<string> RefusalAsync(string file, string? passphrase = null) =>
        (await Assert.ThrowsAsync<StoreException>(() => Restore.CheckAsync(file, passphrase, default))).Message;

    private async Task RefusedAsync(byte[] content, string file, string words)
    {
        await File.WriteAllBytesAsync(file, content);
        Assert.Contains(words, await RefusalAsync(file), StringComparison.Ordinal);
    }

    private async Task RewriteAsync(string file, string to, Func<ZipArchive, Task> change, params string[] words)
    {
        File.Copy(file, to, overwrite: true);
        await using (var archive = await ZipFile.OpenAsync(to, ZipArchiveMode.Update))
        {
            await change(archive);
        }
        var refusal = await RefusalAsync(to);
        Assert.All(words, word => Assert.Contains(word, refusal, StringComparison.Ordinal));
    }

    private static Task ManifestAsync(ZipArchive archive, Action<JsonNode> change) =>
        ReplaceAsync(
            archive,
            "manifest.json",
            text =>
            {
                var manifest = JsonNode.Parse(text)!;
                change(manifest);
                return manifest.ToJsonString();
            }
        );

    private static async Task<byte[]> UnpackedAsync(string file, string to)
    {
        await using (var from = await ZipFile.OpenReadAsync(file))
        await using (var archive = await ZipFile.OpenAsync(to, ZipArchiveMode.Create))
        {
            foreach (var entry in from.Entries)
            {
                await using var source = await entry.OpenAsync();
                await using var copy = await archive
                    .CreateEntry(entry.FullName, CompressionLevel.NoCompression)
                    .OpenAsync();
                await source.CopyToAsync(copy);
            }
        }
        return await File.ReadAllBytesAsync(to);
    }

    private static async Task ReplaceAsync(ZipArchive archive, string name, Func<string, string> change)
    {
        var text = "";
        if (archive.GetEntry(name) is { } before)
        {
            using (var reader = new StreamReader(await before.OpenAsync()))
            {
                text = await reader.ReadToEndAsync();
            }
            before.Delete();
        }
        await using var writer = new StreamWriter(await archive.CreateEntry(name).OpenAsync());
        await writer.WriteAsync(change(text));
    }
}
