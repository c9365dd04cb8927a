using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity;
using Sevensa.Dashboard.Features.Identity.Accounts.Places;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity.Places;

/// <summary>Where addresses are, and what is said of a database that is no good: nothing of it ever fails a sign-in.</summary>
public sealed class AddressBookTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sevensa-places-").FullName;
    private readonly LaterClock clock = new();

    private string Path => System.IO.Path.Combine(folder, "places.mmdb");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("145.100.7.1", "Amsterdam, Netherlands")]
    [InlineData("::ffff:145.100.7.1", "Amsterdam, Netherlands")]
    [InlineData("2a02:a400::1", "Amsterdam, Netherlands")]
    [InlineData("139.130.4.5", "Sydney, Australia")]
    [InlineData("104.16.1.1", "United States")]
    [InlineData("9.9.9.9", null)]
    [InlineData("2a02:a401::1", null)]
    [InlineData("10.1.2.3", null)]
    [InlineData("127.0.0.1", null)]
    [InlineData("fd00::1", null)]
    [InlineData("no address", null)]
    [InlineData(null, null)]
    public void An_address_has_the_place_that_the_database_says(string? address, string? place)
    {
        // The database says something of private addresses too, and is not asked.
        using var book = Book(
            AddressFile
                .World()
                .City("10.0.0.0/8", "NL", "Netherlands", "Nowhere", 52, 5, 1)
                .City("127.0.0.0/8", "NL", "Netherlands", "Nowhere", 52, 5, 1)
        );
        Assert.Equal(place, book.Find(address)?.Words);
        Assert.Null(book.Trouble);
    }

    [Fact]
    public void Whoever_comes_by_what_is_everywhere_has_no_coordinates()
    {
        using var book = Book(AddressFile.World());
        Assert.Null(book.Find("104.16.1.1")!.Latitude);
        Assert.Equal(52.37, book.Find("145.100.7.1")!.Latitude);
    }

    [Fact]
    public void Distances_are_along_the_great_circle_with_both_radii_taken_off()
    {
        using var book = Book(AddressFile.World());
        var (here, there) = (book.Find("145.100.7.1")!, book.Find("139.130.4.5")!);
        // 16,640 km lie between Amsterdam and Sydney.
        Assert.InRange(here.LeastKmTo(there)!.Value, 16_500 - 70, 16_750 - 70);
        Assert.Equal(here.LeastKmTo(there), there.LeastKmTo(here));
        Assert.Equal(0, here.LeastKmTo(here with { Latitude = 52.40 }));
        Assert.Null(here.LeastKmTo(book.Find("104.16.1.1")!));
    }

    [Fact]
    public void Without_a_setting_nothing_is_looked_for_or_said()
    {
        using var book = Book(null, isWanted: false);
        Assert.False(book.IsThere);
        Assert.Null(book.Trouble);
    }

    [Fact]
    public void A_missing_database_is_said_and_read_once_it_is_there()
    {
        using var book = Book(null);
        Assert.Contains($"no address database at {Path}", book.Trouble);
        Assert.Contains("everybody comes in as before", book.Trouble);
        Assert.Null(book.Find("145.100.7.1"));
        File.WriteAllBytes(Path, AddressFile.World().ToBytes());
        book.Look();
        Assert.Null(book.Trouble);
        Assert.NotNull(book.Find("145.100.7.1"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is no database of anything")]
    public void What_is_no_database_is_said(string content)
    {
        File.WriteAllText(Path, content);
        using var book = Book(null);
        Assert.Contains("can't be read", book.Trouble);
        Assert.Null(book.Find("145.100.7.1"));
    }

    [Fact]
    public void One_that_is_cut_or_damaged_fails_nothing()
    {
        var whole = AddressFile.World().ToBytes();
        var random = new Random(7);
        for (var turn = 0; turn < 200; turn++)
        {
            var broken = whole.AsSpan(random.Next(whole.Length / 2)).ToArray();
            for (var hit = 0; hit < 20; hit++)
            {
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            }
            File.WriteAllBytes(Path, broken);
            using var book = Book(null);
            book.Find("145.100.7.1");
            book.Find("2a02:a400::1");
        }
    }

    [Fact]
    public void A_new_file_that_can_not_be_read_leaves_the_one_before_in_use()
    {
        using var book = Book(AddressFile.World());
        File.WriteAllText(Path, "half a download");
        book.Look();
        Assert.Contains("can't be read", book.Trouble);
        Assert.Contains("the one that was read before is used", book.Trouble);
        Assert.NotNull(book.Find("145.100.7.1"));
        File.WriteAllBytes(Path, new AddressFile().City("9.9.9.0/24", "CH", "Switzerland", "Bern", 47, 7, 5).ToBytes());
        book.Look();
        Assert.Null(book.Trouble);
        Assert.Equal("Bern, Switzerland", book.Find("9.9.9.9")?.Words);
    }

    [Fact]
    public void An_old_one_is_said_and_used()
    {
        using var book = Book(AddressFile.World());
        Assert.Null(book.Trouble);
        clock.Later(TimeSpan.FromDays(91));
        Assert.Contains("91 days old", book.Trouble);
        Assert.NotNull(book.Find("145.100.7.1"));
    }

    [Fact]
    public void One_of_countries_gives_places_and_says_that_it_measures_nothing()
    {
        using var book = Book(
            new AddressFile("GeoLite2-Country").Put(
                "145.100.0.0/16",
                new()
                {
                    ["country"] = new Dictionary<string, object>
                    {
                        ["iso_code"] = "NL",
                        ["names"] = new Dictionary<string, object> { ["en"] = "Netherlands" },
                    },
                }
            )
        );
        Assert.Equal("Netherlands", book.Find("145.100.7.1")?.Words);
        Assert.Contains("no coordinates", book.Trouble);
    }

    private AddressBook Book(AddressFile? file, bool isWanted = true)
    {
        if (file is not null)
        {
            File.WriteAllBytes(Path, file.ToBytes());
        }
        var options = new IdentityOptions { Places = new PlaceOptions { Database = isWanted ? Path : null } };
        var book = new AddressBook(Options.Create(options), clock, NullLogger<AddressBook>.Instance);
        book.Look();
        return book;
    }
}
