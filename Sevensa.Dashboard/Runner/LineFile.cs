namespace Sevensa.Dashboard.Runner;

/// <summary>
/// A file of lines that is only ever added to. A line is in it as a whole or not at all: what could be written only in part, as
/// on a full disk, is taken out again, and whoever added it is told.
/// </summary>
internal sealed class LineFile : IDisposable
{
    private readonly FileStream file;
    private long end;
    private bool torn;

    /// <param name="file">Without a buffer: what could not be written may not be written later, after its writer was told so.</param>
    public LineFile(FileStream file)
    {
        this.file = file;
        end = file.Length;
    }

    public byte[] Read()
    {
        var content = new byte[end];
        file.Seek(0, SeekOrigin.Begin);
        file.ReadExactly(content);
        return content;
    }

    /// <exception cref="IOException">It is not in the file.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not in the file.</exception>
    public void Add(ReadOnlySpan<byte> line, bool toDisk)
    {
        byte[] whole = [.. line, (byte)'\n'];
        if (torn)
        {
            CutTo(end);
        }
        try
        {
            file.Seek(end, SeekOrigin.Begin);
            file.Write(whole);
            file.Flush(toDisk);
            end += whole.Length;
        }
        catch
        {
            torn = true;
            TryCut();
            throw;
        }
    }

    /// <summary>Drops all behind a place.</summary>
    public void CutTo(long length)
    {
        file.SetLength(length);
        file.Flush(flushToDisk: true);
        (end, torn) = (length, false);
    }

    public void Dispose() => file.Dispose();

    private void TryCut()
    {
        try
        {
            CutTo(end);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Before the next line is added.
        }
    }
}
