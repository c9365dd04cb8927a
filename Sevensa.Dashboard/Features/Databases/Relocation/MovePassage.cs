using System.Globalization;
using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>
/// Brings a place over while its login writes on: copied as of one moment, compared as of a later one, and closed for what was
/// written in the last moments alone. Where changes can't be followed it is closed all along.
/// </summary>
internal sealed class MovePassage(
    MoveWork work,
    PlaceGate gate,
    ChangeJournal journal,
    PostgresDoor door,
    TimeProvider time
)
{
    /// <summary>A round that took less leaves little for when nobody writes.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private const int Rounds = 200;

    /// <returns>Why it had to be closed; null when it goes on.</returns>
    public async Task<string?> FollowAsync(MovePlan move, Instance from, CancellationToken cancellation)
    {
        await work.NothingStaysAsync(move, from, cancellation);
        var (why, _) = await journal.LookAsync(from, move.From, cancellation);
        if (why is null)
        {
            await gate.CloseToOwnerAsync(from, move.From, cancellation);
            await journal.BeginAsync(from, move.From, cancellation);
        }
        else
        {
            await gate.CloseAsync(from, move.From, cancellation);
            await journal.EndAsync(from, move.From, cancellation);
        }
        await work.NothingStaysAsync(move, from, cancellation);
        return why;
    }

    /// <summary>Copies as of one moment, from which on changes are brought along.</summary>
    public async Task<CatchUp> CopyAsync(MovePlan move, Instance from, Instance to, CancellationToken cancellation)
    {
        var bringing = await CatchUp.BeginAsync(
            door,
            move,
            from,
            to,
            snapshot => work.CopyAsync(move, from, to, snapshot, cancellation),
            cancellation
        );
        try
        {
            await bringing.PrepareAsync(cancellation);
            await UntilShortAsync(bringing, compares: false, cancellation);
            return bringing;
        }
        catch
        {
            await bringing.DisposeAsync();
            throw;
        }
    }

    /// <summary>All rows as of one moment, while the login writes on; and from then on each row that is touched.</summary>
    /// <returns>In words.</returns>
    /// <exception cref="InvalidDataException">They are not the same.</exception>
    public async Task<string> CompareAsync(CatchUp bringing, MovePlan move, CancellationToken cancellation)
    {
        var (tables, rows) = (0, 0L);
        await bringing.RoundAsync(
            compares: false,
            async (here, there) =>
            {
                var looks = await Task.WhenAll(
                    PlacePicture.RowsAsync(here, move.From, null, cancellation),
                    PlacePicture.RowsAsync(there, move.There, null, cancellation)
                );
                MoveWork.AreSame(looks[0].Lines, looks[1].Lines);
                (_, tables, rows) = looks[0];
            },
            cancellation
        );
        await UntilShortAsync(bringing, compares: true, cancellation);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{rows} rows in {tables} tables are the same as of one moment."
        );
    }

    /// <summary>Once nobody writes: the rest, and what holds the rows.</summary>
    /// <returns>In words.</returns>
    /// <exception cref="InvalidDataException">They are not the same.</exception>
    public async Task<string> CloseAsync(
        CatchUp bringing,
        MovePlan move,
        Instance from,
        Instance to,
        CancellationToken cancellation
    )
    {
        await gate.CloseAsync(from, move.From, cancellation);
        var last = await bringing.RoundAsync(
            compares: true,
            async (here, there) =>
            {
                await ChangeJournal.StandsAsync(here, move.From, cancellation);
                var whole = await Task.WhenAll(
                    PlacePicture.RowsAsync(here, move.From, bringing.Whole, cancellation),
                    PlacePicture.RowsAsync(there, move.There, bringing.Whole, cancellation)
                );
                MoveWork.AreSame(whole[0].Lines, whole[1].Lines);
            },
            cancellation
        );
        await bringing.FinishAsync(cancellation);
        await work.NothingStaysAsync(move, from, cancellation);
        string[] readers = [from.Reader.Role, to.Reader.Role];
        await using var old = await PlaceEyes.OpenAsync(door, from, move.From, cancellation);
        await using var copy = await PlaceEyes.OpenAsync(door, to, move.There, cancellation);
        var kept = await Task.WhenAll(
            PlacePicture.KeptAsync(old, move.From, readers, cancellation),
            PlacePicture.KeptAsync(copy, move.There, readers, cancellation)
        );
        MoveWork.AreSame(kept[0], kept[1]);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{last} changes of the last moments are there, and {kept[0].Count} lines on what holds the rows are the same."
        );
    }

    /// <summary>The old place as it was, for whoever writes there first of all.</summary>
    public async Task TakeBackAsync(MovePlan move, Instance from)
    {
        await gate.OpenAsync(from, move.From, CancellationToken.None);
        await gate.JoinAsync(from, move.From, CancellationToken.None);
        await journal.EndAsync(from, move.From, CancellationToken.None);
        await gate.OpenAsync(from, move.From, CancellationToken.None);
    }

    /// <summary>Takes away what noted changes, once the new place is open. Somebody may be reading the old tables, a backup for one.</summary>
    /// <returns>That it stays, in words; null when it is gone.</returns>
    public async Task<string?> ForgetAsync(MovePlan move, Instance from)
    {
        await using var admin = await PlaceEyes.OpenAsync(door, from, move.From, CancellationToken.None);
        try
        {
            await ChangeJournal.RemoveAsync(admin, move.From, CancellationToken.None);
            return null;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return $"What noted changes stays on {from.Name}, as somebody reads its tables: it does nothing there any more, and goes with the place.";
        }
    }

    private async Task UntilShortAsync(CatchUp bringing, bool compares, CancellationToken cancellation)
    {
        for (var round = 1; ; round++)
        {
            var begun = time.GetTimestamp();
            await bringing.RoundAsync(compares, null, cancellation);
            if (time.GetElapsedTime(begun) < Short)
            {
                return;
            }
            if (round == Rounds)
            {
                throw new InvalidDataException(
                    "More is written than can be brought along: move it at a time when less is."
                );
            }
        }
    }
}
