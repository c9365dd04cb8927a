using System.Text;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Platform.Security;

/// <summary>The key that seals can be changed, and what was sealed before is opened on.</summary>
public sealed class StoreKeyTests : IDisposable
{
    private const string Purpose = "a test";

    private readonly string folder = Directory.CreateTempSubdirectory("sevensa-key-").FullName;

    private string File => Path.Combine(folder, "store.key");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_the_former_key_sealed_is_opened_and_nothing_new_is_sealed_under_it()
    {
        var key = Key();
        var before = key.Seal("before"u8, Purpose);
        var mac = key.Mac("told"u8, Purpose);
        var old = key.Held();
        Assert.Null(key.SealAnew(before, Purpose));

        key.Put(old.Promoted(new byte[32]));
        var after = key.Seal("after"u8, Purpose);
        Assert.Equal("before", Text(key.Open(before, Purpose)));
        Assert.True(key.IsMac("told"u8, Purpose, mac));
        Assert.False(key.IsMac("told otherwise"u8, Purpose, mac));
        var anew = key.SealAnew(before, Purpose)!;
        var macAnew = key.MacAnew("told"u8, Purpose, mac)!;
        Assert.Null(key.MacAnew("told"u8, Purpose, macAnew));
        Assert.Throws<StoreException>(() => key.MacAnew("told otherwise"u8, Purpose, mac));

        // Whoever has the old key alone reads what it sealed, and nothing since.
        var thief = Key(old.Text);
        Assert.Equal("before", Text(thief.Open(before, Purpose)));
        Assert.Throws<StoreException>(() => thief.Open(after, Purpose));
        Assert.Throws<StoreException>(() => thief.Open(anew, Purpose));
        Assert.False(thief.IsMac("told"u8, Purpose, macAnew));

        key.Put(key.Held() with { Former = [] });
        Assert.Equal("before", Text(key.Open(anew, Purpose)));
        Assert.Throws<StoreException>(() => key.Open(before, Purpose));
        Assert.False(key.IsMac("told"u8, Purpose, mac));
    }

    [Fact]
    public void A_program_that_runs_meanwhile_opens_what_is_sealed_under_a_key_it_has_not_read_yet()
    {
        var running = Key();
        running.Seal("x"u8, Purpose);
        var changing = Key();
        changing.Put(changing.Held().Promoted(new byte[32]));
        var after = changing.Seal("after"u8, Purpose);
        Assert.Equal("after", Text(running.Open(after, Purpose)));
        Assert.True(running.IsMac("told"u8, Purpose, changing.Mac("told"u8, Purpose)));
        // From then on it seals under that one too.
        Assert.Equal(changing.Held().Text, running.Held().Text);
    }

    [Fact]
    public void A_next_key_opens_and_seals_nothing()
    {
        var key = Key();
        key.Put(key.Held() with { Next = new byte[32] });
        var other = Key(Convert.ToBase64String(new byte[32]));
        Assert.Equal("of the next", Text(key.Open(other.Seal("of the next"u8, Purpose), Purpose)));
        Assert.Throws<StoreException>(() => other.Open(key.Seal("x"u8, Purpose), Purpose));
    }

    [Fact]
    public void The_file_stays_where_it_lies_and_its_owners_alone()
    {
        Key().Held();
        var target = Path.Combine(folder, "mounted");
        System.IO.File.Move(File, target);
        System.IO.File.CreateSymbolicLink(File, target);
        var key = Key();
        var three = new HeldKeys(new byte[32], Filled(1), [Filled(2), Filled(3)]);
        key.Put(three);
        Assert.Equal(target, System.IO.File.ResolveLinkTarget(File, returnFinalTarget: true)!.FullName);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(target));
        Assert.Equal(three.Text, HeldKeys.Parse(System.IO.File.ReadAllText(File))!.Text);
        // Shorter than before, it holds nothing of before.
        key.Put(new HeldKeys(Filled(4), null, []));
        Assert.Equal(Convert.ToBase64String(Filled(4)), System.IO.File.ReadAllText(target));
        Assert.Equal(["mounted", "store.key"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("")]
    [InlineData("next:\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nformer:\nnonsense")]
    public void Anything_else_in_the_file_is_no_key(string text)
    {
        Assert.Null(HeldKeys.Parse(text));
        System.IO.File.WriteAllText(File, text);
        Assert.Contains("does not hold a key", Key().Mistake());
    }

    private StoreKey Key(string? text = null)
    {
        var file = File;
        if (text is not null)
        {
            file = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "other")).FullName, "key");
            System.IO.File.WriteAllText(file, text);
        }
        return new StoreKey(
            Options.Create(new SecurityOptions { KeyFile = file }),
            Options.Create(new StorageOptions { Folder = folder })
        );
    }

    private static byte[] Filled(byte value) => [.. Enumerable.Repeat(value, 32)];

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
