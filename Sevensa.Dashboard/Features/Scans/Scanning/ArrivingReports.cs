namespace Sevensa.Dashboard.Features.Scans.Scanning;

/// <summary>
/// Puts the pieces of hosts' reports together: one report of a host at a time, few hosts at once, and nothing that could grow
/// without end.
/// </summary>
internal sealed class ArrivingReports(TimeProvider time)
{
    /// <summary>Hosts that send at the same time; others are told to come again.</summary>
    public const int MostAtOnce = 4;

    /// <summary>One whose next piece does not come is given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Arriving> hosts = new(StringComparer.Ordinal);

    private sealed class Arriving(string id, ScannedImage of)
    {
        public string Id { get; } = id;
        public ScannedImage Of { get; } = of;
        public List<byte[]> Pieces { get; } = [];
        public int Length { get; set; }
        public DateTimeOffset At { get; set; }
    }

    /// <returns>The whole report with its last piece; an answer to give for every other.</returns>
    public (byte[]? Packed, ScanAnswer Answer) Take(string hostId, ScanPiece piece)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            foreach (var (host, _) in hosts.Where(one => now - one.Value.At > Patience).ToList())
            {
                hosts.Remove(host);
            }
            var arriving = hosts.GetValueOrDefault(hostId);
            if (piece.Number == 0)
            {
                hosts.Remove(hostId);
                if (hosts.Count >= MostAtOnce)
                {
                    return (null, new ScanAnswer(false, "Other hosts send reports just now.", Again: true));
                }
                hosts[hostId] = arriving = new Arriving(piece.Id, piece.Of);
            }
            if (
                arriving is null
                || arriving.Id != piece.Id
                || arriving.Pieces.Count != piece.Number
                || arriving.Of != piece.Of
                // Nothing but bytes counts towards the end of it.
                || piece.Data.Length == 0
            )
            {
                hosts.Remove(hostId);
                return (null, new ScanAnswer(false, "Pieces of the report are missing.", Again: true));
            }
            arriving.Pieces.Add(piece.Data);
            arriving.Length += piece.Data.Length;
            arriving.At = now;
            if (arriving.Length > ScanPiece.MostPacked)
            {
                hosts.Remove(hostId);
                return (
                    null,
                    new ScanAnswer(false, $"It is larger than {ScanPiece.MostPacked / 1024 / 1024} MB, packed.")
                );
            }
            if (!piece.IsLast)
            {
                return (null, new ScanAnswer(true));
            }
            hosts.Remove(hostId);
            byte[] whole = [.. arriving.Pieces.SelectMany(one => one)];
            return (whole, new ScanAnswer(true));
        }
    }
}
