using System.Security.Cryptography;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>Hashes and packs what is read through it, so that a report is read once.</summary>
internal sealed class ReportTap(Stream inner, IncrementalHash hash, PackedOriginal copy) : ReadOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        hash.AppendData(buffer.Span[..count]);
        copy.Add(buffer.Span[..count]);
        return count;
    }
}
