using System.IO.Compression;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Scanning;

namespace Sevensa.Dashboard.Tests.Runner.Scanning;

/// <summary>A host with a program that answers as a scanner does, and a dashboard that takes what it sends.</summary>
internal sealed class StandInScanner : IScanLink, IDisposable
{
    public const string Digest = "sha256:23c0739ba7fd3d76b45103159ab1faa347c77ff3a6bf7b2aca5c48280066f079";

    private readonly string folder = Directory.CreateTempSubdirectory("scanner-").FullName;
    private readonly StateFolder state;
    private readonly MemoryStream arriving = new();

    /// <param name="image">What the program does when it is asked for an image, as a shell has it; the rest it answers as Trivy does.</param>
    public StandInScanner(string image, string? policy = null, string kinds = "vulnerability", string name = "trivy")
    {
        Program = Path.Combine(folder, name);
        Write(image);
        state = StateFolder.Open(Path.Combine(folder, "state"));
        Time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 30, 12, 0, 0, TimeSpan.Zero));
        Engine = new FakeEngine(Time);
        Works = new FakeWorks(Engine);
        Policy = policy is null ? null : Path.Combine(folder, "policy.yaml");
        if (policy is not null)
        {
            File.WriteAllText(Policy!, policy);
        }
        Scans = ImageScans.Of(
            ScannerSettings.Parse(Program, "--offline-scan", kinds, 24, 15, "unix:///run/docker.sock", Policy),
            Book,
            Works,
            state,
            Time,
            NullLogger.Instance
        );
        Scans.Meet(this);
    }

    public string Program { get; }
    public string? Policy { get; }
    public FakeTimeProvider Time { get; }
    public FakeEngine Engine { get; }
    public FakeWorks Works { get; }
    public HostBook Book { get; } = new();
    public ImageScans Scans { get; }

    /// <summary>What was sent, unpacked, and what was said of it.</summary>
    public List<(ScannedImage Of, string Report)> Taken { get; } = [];
    public ScannerReport Report => Scans.Report;
    public ScanAnswer Answer { get; set; } = new(true, "14 findings");

    /// <summary>The connection ends when a report is sent over it.</summary>
    public bool IsCut { get; set; }
    public List<PartsToMatch> Lists { get; } = [];

    /// <summary>The arguments of the last call, one a line.</summary>
    public string[] Asked => File.ReadAllLines(Path.Combine(folder, "asked"));

    public void Write(string image)
    {
        File.WriteAllText(
            Program,
            $$$"""
            #!/bin/sh
            here=$(dirname "$0")
            printf '%s\n' "$@" > "$here/asked"
            env > "$here/env"
            case "$1" in
              version) echo '{"Version":"0.76.0","VulnerabilityDB":{"UpdatedAt":"2026-01-29T00:00:00Z"}}' ;;
              sbom) for last in "$@"; do :; done; cat "$last" ;;
              *) {{{image}}} ;;
            esac

            """.ReplaceLineEndings("\n")
        );
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public string[] Environment => File.ReadAllLines(Path.Combine(folder, "env"));

    /// <summary>A container that runs the image of the recordings.</summary>
    public ContainerFacts Run(string name = "rentguy-api-1", string digest = Digest, string? tenant = "rentguy")
    {
        Works.AddImage(digest, "rentguy/api:2.4.1");
        Works.Images[digest]["Os"] = "linux";
        Works.Images[digest]["Architecture"] = "amd64";
        var facts = Engine.Add(name, one => one with { ImageId = digest, Tenant = tenant });
        Book.Put(facts);
        return facts;
    }

    public Task<bool> TurnAsync() => Scans.TurnAsync(this, TestContext.Current.CancellationToken);

    public Task TellAsync(ScannerReport report, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Ends when the program has said this.</summary>
    public async Task SaysAsync(string words)
    {
        while (Report.Progress != words)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public Task<ScanAnswer> SendAsync(ScanPiece piece, CancellationToken cancellation)
    {
        Assert.True(piece.Data.Length <= ScanPiece.MostBytes);
        if (IsCut)
        {
            return Task.FromCanceled<ScanAnswer>(new CancellationToken(canceled: true));
        }
        arriving.Write(piece.Data);
        if (!piece.IsLast)
        {
            return Task.FromResult(new ScanAnswer(true));
        }
        var whole = PartsMatches.Unpacked(arriving.ToArray())!;
        arriving.SetLength(0);
        Taken.Add((piece.Of, System.Text.Encoding.UTF8.GetString(whole)));
        return Task.FromResult(Answer);
    }

    public Task<IReadOnlyList<PartsToMatch>> PartsToMatchAsync(string scanner, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<PartsToMatch>>(Lists);

    public Task<byte[]?> PartsAsync(string id, CancellationToken cancellation)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write("{\"bomFormat\":\"CycloneDX\"}"u8);
        }
        return Task.FromResult<byte[]?>(packed.ToArray());
    }

    public void Dispose()
    {
        Scans.Dispose();
        state.Dispose();
        arriving.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
