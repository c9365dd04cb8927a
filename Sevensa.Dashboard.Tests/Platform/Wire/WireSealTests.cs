using System.Security.Cryptography;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Tests.Platform.Wire;

/// <summary>What dashboards say to each other can be neither read, nor made, nor said again by others on the same Redis.</summary>
public class WireSealTests
{
    private readonly byte[] secret = RandomNumberGenerator.GetBytes(32);
    private readonly Guid first = Guid.NewGuid();
    private readonly Guid second = Guid.NewGuid();

    [Fact]
    public void What_one_seals_another_of_the_same_store_opens_and_knows_whose_it_is()
    {
        using var from = new WireSeal(secret, first);
        using var to = new WireSeal(secret, second);
        var (sender, message) = to.Open("all", from.Seal("all", "hello"u8))!.Value;
        Assert.Equal(first, sender);
        Assert.Equal("hello"u8, message);
    }

    [Fact]
    public void It_is_taken_once()
    {
        using var from = new WireSeal(secret, first);
        using var to = new WireSeal(secret, second);
        var (one, two) = (from.Seal("all", "one"u8), from.Seal("all", "two"u8));
        Assert.NotNull(to.Open("all", one));
        Assert.Null(to.Open("all", one));
        Assert.NotNull(to.Open("all", two));
        Assert.Null(to.Open("all", one));
    }

    [Fact]
    public void However_often_dashboards_have_started_meanwhile_the_next_is_heard_and_none_is_said_again()
    {
        using var to = new WireSeal(secret, second);
        var said = new List<byte[]>();
        for (var start = 0; start < 5000; start++)
        {
            using var from = new WireSeal(secret, Guid.NewGuid());
            said.Add(from.Seal("all", "hello"u8));
            Assert.NotNull(to.Open("all", said[^1]));
        }
        Assert.All(said, message => Assert.Null(to.Open("all", message)));
    }

    [Fact]
    public void It_is_taken_on_its_own_channel_alone()
    {
        using var from = new WireSeal(secret, first);
        using var to = new WireSeal(secret, second);
        Assert.Null(to.Open("to:second", from.Seal("to:third", "stop"u8)));
    }

    [Fact]
    public void Nobody_else_can_make_or_change_one()
    {
        using var stranger = new WireSeal(RandomNumberGenerator.GetBytes(32), first);
        using var from = new WireSeal(secret, first);
        using var to = new WireSeal(secret, second);
        Assert.Null(to.Open("all", stranger.Seal("all", "facts"u8)));
        Assert.Null(to.Open("all", []));
        Assert.Null(to.Open("all", RandomNumberGenerator.GetBytes(200)));
        var good = from.Seal("all", "facts"u8);
        for (var at = 0; at < good.Length; at++)
        {
            var changed = (byte[])good.Clone();
            changed[at] ^= 1;
            Assert.Null(to.Open("all", changed));
        }
        Assert.NotNull(to.Open("all", good));
    }

    [Fact]
    public void Nothing_of_it_is_there_to_be_read()
    {
        using var from = new WireSeal(secret, first);
        var text = "a secret that is long enough to be found again"u8;
        Assert.Equal(-1, from.Seal("all", text).AsSpan().IndexOf(text[..8]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000)]
    [InlineData(3_000_000)]
    public void A_message_comes_out_as_it_went_in(int length)
    {
        var body = new byte[length];
        Random.Shared.NextBytes(body.AsSpan(0, length / 2));
        var said = new WireMessage(WireKind.Ask, 7, Guid.NewGuid(), "hosts.whole", body);
        var read = WireMessage.Read(said.ToBytes());
        Assert.Equal(
            (said.Kind, said.Order, said.Question, said.Topic),
            (read.Kind, read.Order, read.Question, read.Topic)
        );
        Assert.Equal(body, read.Body.ToArray());
    }
}
