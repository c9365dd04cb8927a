using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Runner.Releases;

/// <summary>What ran on this host and when: one line of JSON per release, appended only, and how much of it the dashboard has taken.</summary>
internal sealed class ReleaseBook : IDisposable
{
    public const string FileName = "releases.jsonl";
    private const string ToldFile = "releases.told";

    /// <summary>Per service, when the file is opened; the dashboard has the rest.</summary>
    private const int MostPerService = 200;

    private readonly Lock gate = new();
    private readonly StateFolder state;
    private readonly Dictionary<ServiceKey, List<ReleaseFacts>> byService = [];
    private LineFile file;
    private long last;
    private Told told;

    private ReleaseBook(StateFolder state, LineFile file, Told told)
    {
        this.state = state;
        this.file = file;
        this.told = told;
    }

    public static ReleaseBook Open(StateFolder state)
    {
        var told = state.Read(ToldFile) is { } known
            ? JsonSerializer.Deserialize(known, ReleaseBookJson.Default.Told) ?? new Told("", 0)
            : new Told("", 0);
        var book = new ReleaseBook(state, state.OpenLines(FileName), told);
        try
        {
            book.Load();
            return book;
        }
        catch
        {
            book.Dispose();
            throw;
        }
    }

    public bool IsEmpty
    {
        get
        {
            lock (gate)
            {
                return byService.Count == 0;
            }
        }
    }

    public long LastSequence
    {
        get
        {
            lock (gate)
            {
                return last;
            }
        }
    }

    /// <summary>Every service that was ever seen, with its releases, oldest first.</summary>
    public IReadOnlyDictionary<ServiceKey, IReadOnlyList<ReleaseFacts>> All
    {
        get
        {
            lock (gate)
            {
                return byService.ToDictionary(
                    service => service.Key,
                    service => (IReadOnlyList<ReleaseFacts>)[.. service.Value]
                );
            }
        }
    }

    public ReleaseFacts? Last(ServiceKey service)
    {
        lock (gate)
        {
            return byService.TryGetValue(service, out var releases) ? releases[^1] : null;
        }
    }

    /// <summary>On the disk when this returns.</summary>
    public void Add(ReleaseFacts release)
    {
        lock (gate)
        {
            file.Add(JsonSerializer.SerializeToUtf8Bytes(release, ReleaseBookJson.Default.ReleaseFacts), toDisk: true);
            Learn(release);
        }
    }

    /// <summary>What the dashboard that knows this host under <paramref name="hostId"/> has not taken, oldest first.</summary>
    public IReadOnlyList<ReleaseFacts> Untold(string hostId, int most)
    {
        lock (gate)
        {
            var after = told.HostId == hostId ? told.Sequence : 0;
            return
            [
                .. byService
                    .Values.SelectMany(releases => releases)
                    .Where(release => release.Sequence > after)
                    .OrderBy(release => release.Sequence)
                    .Take(most),
            ];
        }
    }

    /// <summary>They need not be told again while this program runs, nor after it unless this fails.</summary>
    public void MarkTold(string hostId, long sequence)
    {
        lock (gate)
        {
            told = new Told(hostId, sequence);
            state.Write(ToldFile, JsonSerializer.SerializeToUtf8Bytes(told, ReleaseBookJson.Default.Told));
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            file.Dispose();
        }
    }

    private void Learn(ReleaseFacts release)
    {
        var service = new ServiceKey(release.Tenant, release.Service);
        if (!byService.TryGetValue(service, out var releases))
        {
            byService[service] = releases = [];
        }
        releases.Add(release);
        last = Math.Max(last, release.Sequence);
    }

    /// <summary>Lines that can't be read are dropped: what runs now is recorded again, and the dashboard has what was.</summary>
    private void Load()
    {
        var content = file.Read();
        var damaged = content.Length > 0 && content[^1] != (byte)'\n';
        foreach (var line in Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                Learn(JsonSerializer.Deserialize(line, ReleaseBookJson.Default.ReleaseFacts)!);
            }
            catch (Exception exception) when (exception is JsonException or NullReferenceException)
            {
                damaged = true;
            }
        }
        // What was numbered and lost is not numbered again.
        last = Math.Max(last, told.Sequence);
        var tooLong = byService.Values.Any(releases => releases.Count > MostPerService);
        if (!damaged && !tooLong)
        {
            return;
        }
        var kept = new StringBuilder();
        foreach (var releases in byService.Values)
        {
            if (releases.Count > MostPerService)
            {
                releases.RemoveRange(0, releases.Count - MostPerService);
            }
        }
        foreach (var release in byService.Values.SelectMany(releases => releases).OrderBy(release => release.Sequence))
        {
            kept.Append(JsonSerializer.Serialize(release, ReleaseBookJson.Default.ReleaseFacts)).Append('\n');
        }
        file.Dispose();
        try
        {
            state.Write(FileName, Encoding.UTF8.GetBytes(kept.ToString()));
            file = state.OpenLines(FileName);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is begun anew at a start at which there is room; until then only what has no end is cut off.
            file = state.OpenLines(FileName);
            file.CutTo(Array.LastIndexOf(content, (byte)'\n') + 1);
        }
    }

    internal sealed record Told(string HostId, long Sequence);
}

internal readonly record struct ServiceKey(string? Tenant, string Service)
{
    public override string ToString() => Tenant is null ? Service : $"{Tenant}/{Service}";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ReleaseFacts))]
[JsonSerializable(typeof(ReleaseBook.Told))]
internal sealed partial class ReleaseBookJson : JsonSerializerContext;
