namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>Files of a disk that fills: once it is full, a write puts in what still has room and fails, as the system's own does.</summary>
internal sealed class FillingDisk
{
    private readonly Lock gate = new();

    /// <summary>How many bytes more it takes; null for as many as wanted.</summary>
    public long? Room
    {
        get;
        set
        {
            // Not while something is written: it would be set back to what that one left.
            lock (gate)
            {
                field = value;
            }
        }
    }

    /// <summary>Not even what is there can be taken away.</summary>
    public bool Stuck { get; set; }

    public List<int> Buffers { get; } = [];

    public FileStream Open(string path, FileStreamOptions options)
    {
        Buffers.Add(options.BufferSize);
        return new Filling(this, path, options);
    }

    private sealed class Filling(FillingDisk disk, string path, FileStreamOptions options) : FileStream(path, options)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            lock (disk.gate)
            {
                if (disk.Room is not { } room)
                {
                    base.Write(buffer);
                    return;
                }
                var fits = buffer[..(int)Math.Min(room, buffer.Length)];
                base.Write(fits);
                disk.Room = room - fits.Length;
                if (fits.Length < buffer.Length)
                {
                    throw new IOException("No space left on device");
                }
            }
        }

        public override void SetLength(long value)
        {
            if (disk.Stuck)
            {
                throw new IOException("Input/output error");
            }
            base.SetLength(value);
        }
    }
}
