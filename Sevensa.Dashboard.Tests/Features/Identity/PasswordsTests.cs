using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Passwords;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>What everybody tries first is no password, however long it is; what its letters are made of is nobody's business.</summary>
public sealed class PasswordsTests
{
    [Theory]
    [InlineData("password1234")]
    [InlineData("Password-2026!")]
    [InlineData("p@ssw0rd!!!!")]
    [InlineData("passwordpassword")]
    [InlineData("  dragon123456")]
    [InlineData("qwertyuiop[]")]
    [InlineData("azertyuiop12")]
    [InlineData("123456789012")]
    [InlineData("abcdefghijklm")]
    [InlineData("aaaaaaaaaaaaaaaa")]
    [InlineData("abc1abc1abc1abc1")]
    [InlineData("1qaz2wsx3edc4rfv")]
    [InlineData("ada.lovelace-1815")]
    [InlineData("Lovelace, Ada 12")]
    [InlineData("sevensa-2026")]
    public void What_is_tried_first_is_refused(string password) =>
        Assert.NotNull(PasswordGuess.Trouble(password, "ada.lovelace", "lovelace, ada"));

    [Theory]
    [InlineData("a few words of theirs")]
    [InlineData("wolkenkrabberkoffie")]
    [InlineData("paardenbloem telt zes")]
    [InlineData("hkq7rvtz2mwx")]
    [InlineData("ada.lovelace wrote notes on an engine")]
    [InlineData("ééntje voor onderweg")]
    public void Anything_else_is_taken_whatever_letters_it_has(string password) =>
        Assert.Null(PasswordGuess.Trouble(password, "ada.lovelace", "Ada Lovelace"));

    [Fact]
    public async Task Whoever_chooses_one_is_told_why_not_and_the_link_stays_good()
    {
        await using var app = await ConfiguredApp.StartAsync();
        using var admin = await app.ApiAsAsync("admin");
        using var made = await admin.PostAsJsonAsync(
            "/api/v1/people",
            new
            {
                userName = "chooses-badly",
                displayName = "Chooses badly",
                role = "viewer",
                tenants = new[] { "rentguy" },
            }
        );
        var link = new Uri(
            (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("link").GetString()!
        ).PathAndQuery;
        using var browser = app.Browser();
        using var refused = await ChooseAsync("Password-2026!");
        Assert.Contains("tried first", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var taken = await ChooseAsync(MadePerson.Password);
        Assert.Equal(System.Net.HttpStatusCode.Found, taken.StatusCode);

        Task<HttpResponseMessage> ChooseAsync(string password) =>
            SandboxApp.SubmitAsync(browser, link, ("Input.Password", password), ("Input.Again", password));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1_000)]
    public async Task What_was_in_a_leak_is_found_wherever_it_stands_in_the_list(int count)
    {
        var words = Enumerable.Range(0, count).Select(number => $"leaked words no. {number}").ToList();
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(path, words.Select(HashOf).Order(StringComparer.Ordinal));
            var list = Of(path);
            foreach (var word in words)
            {
                Assert.True(await list.HoldsAsync(word), word);
            }
            foreach (var word in words.Select(word => word + "!"))
            {
                Assert.False(await list.HoldsAsync(word), word);
            }
        }
        finally
        {
            File.Delete(path);
        }

#pragma warning disable CA5350 // As such lists are made.
        string HashOf(string word) =>
            $"{Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(word)))}:{word.Length}";
#pragma warning restore CA5350
    }

    [Fact]
    public async Task Without_a_list_nothing_is_known_and_what_is_none_lets_nothing_pass()
    {
        Assert.False(await Of(null).HoldsAsync("anything at all"));
        var path = Path.GetTempFileName();
        try
        {
            Assert.False(await Of(path).HoldsAsync("anything at all"));
            await File.WriteAllTextAsync(path, "password\nletmein\n");
            await Assert.ThrowsAsync<AccountException>(() => Of(path).HoldsAsync("anything at all"));
        }
        finally
        {
            File.Delete(path);
        }
        var gone = await Assert.ThrowsAsync<AccountException>(() => Of(path).HoldsAsync("anything at all"));
        Assert.Contains("Nothing was changed", gone.Message, StringComparison.Ordinal);
    }

    private static BreachedPasswords Of(string? path) =>
        new(Options.Create(new IdentityOptions { BreachedPasswords = path }));
}
