using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Runner.Snapshots;

/// <param name="Folder">Where the files lie.</param>
/// <param name="Kept">Per volume; older ones go when a new one is made.</param>
/// <param name="Days">After so many a snapshot goes, except a volume's last.</param>
/// <param name="ReserveBytes">Room on the disk that is never used.</param>
internal sealed record SnapshotSettings(string Folder, int Kept, int Days, long ReserveBytes);

/// <summary>Copies of volumes on this host: a compressed tar each, and beside it what it is.</summary>
internal sealed class SnapshotStore(SnapshotSettings settings, TimeProvider time, ILogger log)
{
    private const string Data = ".tar.gz";
    private const string About = ".json";
    private const string Unfinished = ".new";

    /// <summary>How often room and reader are thought of while a copy is made.</summary>
    private const int LookEveryBytes = 8 << 20;

    /// <summary>Room left after the reserve; negative when even that is used.</summary>
    public long FreeBytes
    {
        get
        {
            Directory.CreateDirectory(settings.Folder);
            return new DriveInfo(Path.GetFullPath(settings.Folder)).AvailableFreeSpace - settings.ReserveBytes;
        }
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<VolumeSnapshot> All()
    {
        if (!Directory.Exists(settings.Folder))
        {
            return [];
        }
        var all = new List<VolumeSnapshot>();
        foreach (var file in Directory.EnumerateFiles(settings.Folder, "*" + About))
        {
            try
            {
                if (
                    JsonSerializer.Deserialize(File.ReadAllBytes(file), SnapshotJson.Default.VolumeSnapshot)
                        is { } known
                    && File.Exists(DataOf(known.Id))
                )
                {
                    all.Add(known);
                }
            }
            catch (Exception exception) when (exception is JsonException or IOException)
            {
                log.SnapshotUnreadable(file, exception.Message);
            }
        }
        return [.. all.OrderByDescending(snapshot => snapshot.TakenAtUnixMs)];
    }

    public VolumeSnapshot? Find(string id) => All().FirstOrDefault(snapshot => snapshot.Id == id);

    /// <summary>Writes a tar as it comes, compressed. On the disk, with its checksum, when this returns.</summary>
    /// <param name="progress">Bytes read so far.</param>
    /// <exception cref="StepException"><c>noRoom</c></exception>
    public async Task<VolumeSnapshot> KeepAsync(
        string id,
        string volume,
        string? tenant,
        string actionId,
        Stream tar,
        Action<long> progress,
        CancellationToken cancellation
    )
    {
        CheckRoom();
        var fresh = DataOf(id) + Unfinished;
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long size;
            await using (var file = StateFolder.OpenOwnerOnly(fresh, FileMode.Create))
            {
                await using (var hashed = new HashedStream(file, hash))
                await using (var compressed = new GZipStream(hashed, CompressionLevel.Fastest, leaveOpen: true))
                {
                    await CopyAsync(tar, compressed, progress, cancellation);
                }
                file.Flush(flushToDisk: true);
                size = file.Length;
            }
            File.Move(fresh, DataOf(id), overwrite: true);
            var snapshot = new VolumeSnapshot(
                id,
                volume,
                tenant,
                time.GetUtcNow().ToUnixTimeMilliseconds(),
                size,
                Convert.ToHexStringLower(hash.GetHashAndReset()),
                actionId
            );
            await using (var about = StateFolder.OpenOwnerOnly(AboutOf(id) + Unfinished, FileMode.Create))
            {
                await JsonSerializer.SerializeAsync(about, snapshot, SnapshotJson.Default.VolumeSnapshot, cancellation);
                about.Flush(flushToDisk: true);
            }
            File.Move(AboutOf(id) + Unfinished, AboutOf(id), overwrite: true);
            return snapshot;
        }
        catch (IOException exception) when (exception is not FileNotFoundException && FreeBytes <= 0)
        {
            throw NoRoom();
        }
        finally
        {
            File.Delete(fresh);
        }
    }

    /// <summary>The compressed tar, after its checksum was found right.</summary>
    /// <exception cref="StepException"><c>snapshotDamaged</c></exception>
    public async Task<Stream> OpenAsync(VolumeSnapshot snapshot, CancellationToken cancellation)
    {
        var file = new FileStream(DataOf(snapshot.Id), FileMode.Open, FileAccess.Read, FileShare.Read);
        var found = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
        if (found != snapshot.Sha256)
        {
            await file.DisposeAsync();
            throw new StepException(
                "snapshotDamaged",
                $"The snapshot {snapshot.Id} of {snapshot.Volume} is damaged: its checksum is {found[..12]}… and was {snapshot.Sha256[..12]}…. Choose another."
            );
        }
        file.Position = 0;
        return file;
    }

    /// <summary>Removes what is too many or too old, never a volume's last; and what a death left half-written.</summary>
    public void Prune()
    {
        var before = time.GetUtcNow().AddDays(-settings.Days).ToUnixTimeMilliseconds();
        foreach (var ofVolume in All().GroupBy(snapshot => snapshot.Volume, StringComparer.Ordinal))
        {
            foreach (
                var old in ofVolume
                    .Index()
                    .Where(entry =>
                        entry.Index > 0 && (entry.Index >= settings.Kept || entry.Item.TakenAtUnixMs < before)
                    )
                    .Select(entry => entry.Item)
            )
            {
                File.Delete(AboutOf(old.Id));
                File.Delete(DataOf(old.Id));
                log.SnapshotRemoved(old.Id, old.Volume);
            }
        }
    }

    public void Discard(string id)
    {
        foreach (var file in new[] { AboutOf(id), DataOf(id), AboutOf(id) + Unfinished, DataOf(id) + Unfinished })
        {
            File.Delete(file);
        }
    }

    private async Task CopyAsync(Stream from, Stream to, Action<long> progress, CancellationToken cancellation)
    {
        var buffer = new byte[128 * 1024];
        long total = 0,
            looked = 0;
        while (await from.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
            total += read;
            if (total - looked >= LookEveryBytes)
            {
                looked = total;
                CheckRoom();
                progress(total);
            }
        }
    }

    private void CheckRoom()
    {
        if (FreeBytes <= 0)
        {
            throw NoRoom();
        }
    }

    private StepException NoRoom() =>
        new(
            "noRoom",
            $"The disk of {settings.Folder} has no more than its reserve of {settings.ReserveBytes >> 20} MiB left. Make room, or name another folder with Runner:SnapshotFolder."
        );

    private string DataOf(string id) => Path.Combine(settings.Folder, id + Data);

    private string AboutOf(string id) => Path.Combine(settings.Folder, id + About);

    /// <summary>Counts what is written into the hash on its way.</summary>
    private sealed class HashedStream(Stream inner, IncrementalHash hash) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => inner.Length;
        public override long Position
        {
            get => inner.Position;
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            hash.AppendData(buffer, offset, count);
            inner.Write(buffer, offset, count);
        }

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            hash.AppendData(buffer.Span);
            await inner.WriteAsync(buffer, cancellationToken);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(VolumeSnapshot))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
