using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MaxMind.Db;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Places;

/// <summary>
/// Where addresses are, by a database that the settings name. Whatever is wrong with it costs no more than the places: nobody waits
/// for it, and nobody is refused therefore.
/// </summary>
internal sealed class AddressBook(IOptions<IdentityOptions> options, TimeProvider time, ILogger<AddressBook> log)
    : IDisposable
{
    /// <summary>The largest that there are hold some hundred MB; it is read into memory, since a file that is changed under a mapping ends the program.</summary>
    private const long LargestFile = 1L << 30;

    private readonly Lock turn = new();
    private volatile Book? book;
    private volatile string? fault;
    private (DateTime WrittenAt, long Length)? read;

    /// <summary>Whether addresses have places at all.</summary>
    public bool IsThere => book is not null;

    /// <summary>What is to be said of the database; null when nothing is wrong with it, or none is wanted.</summary>
    public string? Trouble
    {
        get
        {
            if (fault is { } wrong)
            {
                return book is null
                    ? $"{wrong} Meanwhile sessions have no place, and no journey is looked at; everybody comes in as before."
                    : $"{wrong} Meanwhile the one that was read before is used.";
            }
            if (book is not { } known)
            {
                return null;
            }
            var age = (int)(time.GetUtcNow() - known.BuiltAt).TotalDays;
            return age > options.Value.Places.OutdatedDays
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"The address database is of {known.BuiltAt:yyyy-MM-dd}, {age} days old: some addresses are elsewhere by now. Put a newer one at {options.Value.Places.Database}; it is read within a minute."
                    )
                : known.HasCoordinates ? null
                : $"The address database ({known.Type}) has no coordinates: sessions are shown with their country, and no journey is looked at. A database of cities has them.";
        }
    }

    /// <summary>Null for a private address, and for one that the database does not know.</summary>
    public Place? Find(string? address) => IPAddress.TryParse(address, out var parsed) ? Find(parsed) : null;

    /// <inheritdoc cref="Find(string?)"/>
    public Place? Find(IPAddress? address)
    {
        if (book is not { } known || address is null || !PublicNetworks.Holds(address))
        {
            return null;
        }
        try
        {
            var plain = PublicNetworks.Plain(address);
            if (plain.AddressFamily == AddressFamily.InterNetworkV6 && known.Reader.Metadata.IPVersion == 4)
            {
                return null;
            }
            return known.Reader.Find<Dictionary<string, object>>(plain) is { } found ? PlaceReading.Of(found) : null;
        }
        // Of a damaged file anything can come; the sign-in goes on without a place.
        catch (Exception exception)
        {
            Fail($"The address database {options.Value.Places.Database} is damaged: {exception.Message}", exception);
            return null;
        }
    }

    /// <summary>Reads the database where it is new or was changed.</summary>
    public void Look()
    {
        if (options.Value.Places.Database is not { Length: > 0 } path)
        {
            return;
        }
        lock (turn)
        {
            try
            {
                var file = new FileInfo(path);
                if (!file.Exists)
                {
                    read = null;
                    Fail(
                        $"There is no address database at {path} (Identity:Places:Database). Put one there; it is read within a minute.",
                        null
                    );
                    return;
                }
                var now = (file.LastWriteTimeUtc, file.Length);
                if (now == read)
                {
                    return;
                }
                // What can't be read is looked at again once it was changed.
                read = now;
                if (file.Length > LargestFile)
                {
                    Fail(
                        $"The address database {path} has more than {LargestFile >> 20} MB and is not read. Put a database of cities or countries there.",
                        null
                    );
                    return;
                }
                var fresh = new Book(new Reader(path, FileAccessMode.Memory));
                // The one before is in memory alone, and somebody may be reading in it.
                book = fresh;
                fault = null;
                log.LogInformation(
                    "The address database {Type} of {BuiltAt} is used",
                    fresh.Type,
                    fresh.BuiltAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
                );
            }
            catch (Exception exception)
            {
                Fail(
                    $"The address database {path} can't be read: {exception.Message} Put a whole .mmdb file there that this program may read; it is looked at again once it was changed.",
                    exception
                );
            }
        }
    }

    public void Dispose() => book?.Reader.Dispose();

    private void Fail(string words, Exception? exception)
    {
        if (fault != words)
        {
            fault = words;
            log.LogWarning(exception, "{Trouble}", words);
        }
    }

    private sealed record Book(Reader Reader)
    {
        public string Type => Reader.Metadata.DatabaseType;

        public DateTimeOffset BuiltAt => new(DateTime.SpecifyKind(Reader.Metadata.BuildDate, DateTimeKind.Utc));

        public bool HasCoordinates => !Type.Contains("Country", StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>Reads the database before the first request, and again when its file was changed.</summary>
internal sealed class AddressBookWatch(AddressBook book, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await Task.Run(book.Look, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            book.Look();
        }
    }
}
