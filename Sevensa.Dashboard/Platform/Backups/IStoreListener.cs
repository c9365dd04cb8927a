using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>Who has a part in copies of the store: the record, which is told of them, and which a copy has to hold whole.</summary>
public interface IStoreListener
{
    /// <summary>Files outside the store that bear witness to it, by the name that each has in a backup.</summary>
    IReadOnlyDictionary<string, string> Marks { get; }

    /// <summary>Before a backup is taken, so that it is in it.</summary>
    /// <returns>The newest row, for the backup's manifest, so that the record can be held against it later.</returns>
    Task<BackupMark?> BackingUpAsync(string file, bool withKeys, CancellationToken cancellation);

    /// <summary>Before the store is copied into another, so that it is in both.</summary>
    /// <returns>The newest row.</returns>
    Task<BackupMark?> CopyingAsync(string to, CancellationToken cancellation);

    /// <summary>The key that seals was changed, or those of before are forgotten; before anything is done by it.</summary>
    Task SealingAnewAsync(string what, CancellationToken cancellation);

    /// <summary>The newest row now.</summary>
    Task<BackupMark?> NewestAsync(CancellationToken cancellation);

    /// <summary>Follows what is in the store from its beginning to its end, and holds it against what was noted of it.</summary>
    /// <returns>What is wrong with it, or null; and a sentence for the console.</returns>
    Task<(string? Complaint, string Told)> ProveAsync(BackupMark? mark, CancellationToken cancellation);

    /// <summary>A proven store was put in its place.</summary>
    Task RestoredAsync(string file, CancellationToken cancellation);
}
