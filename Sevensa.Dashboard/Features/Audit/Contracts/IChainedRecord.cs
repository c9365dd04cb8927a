namespace Sevensa.Dashboard.Features.Audit.Contracts;

/// <summary>A feature's own rows that are chained as the record is; followed whenever the record is verified.</summary>
public interface IChainedRecord
{
    Task<ChainVerification> VerifyAsync(CancellationToken cancellation);
}

/// <param name="Name">What the rows are, for people, as <c>proposal events</c>.</param>
/// <param name="Checked">Rows that hold.</param>
/// <param name="FirstBad">The first that does not, as its feature names it; null when all do.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record ChainVerification(string Name, long Checked, string? FirstBad = null, string? Reason = null)
{
    public bool Valid => FirstBad is null;
}
