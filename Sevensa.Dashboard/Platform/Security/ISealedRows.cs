using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Security;

/// <summary>How many of some rows were sealed under another key of the file, and are under the one in use now.</summary>
/// <param name="Unopened">Of which no key of the file is the right one; they stay as they are.</param>
internal readonly record struct SealedAnew(int All, int Anew, int Unopened)
{
    public SealedAnew Plus(SealedAnew other) => new(All + other.All, Anew + other.Anew, Unopened + other.Unopened);

    /// <summary>Of one row: what its seal is to be, and whether there is anything to write.</summary>
    public static SealedAnew Of(Func<byte[]?> seal, out byte[]? anew)
    {
        try
        {
            anew = seal();
            return new SealedAnew(1, anew is null ? 0 : 1, 0);
        }
        catch (StoreException)
        {
            anew = null;
            return new SealedAnew(1, 0, 1);
        }
    }
}

/// <summary>Rows that somebody sealed under the key file, or by it, and that a change of its key is to take along.</summary>
internal interface ISealedRows
{
    /// <summary>What they are, for the console.</summary>
    string Name { get; }

    /// <summary>Row by row, each only where nobody wrote it meanwhile: dashboards may run on the store.</summary>
    Task<SealedAnew> SealAnewAsync(StoreKey key, CancellationToken cancellation);
}
