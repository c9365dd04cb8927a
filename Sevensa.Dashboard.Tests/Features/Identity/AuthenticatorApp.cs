using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Somebody's phone with an app that shows codes (RFC 6238), reckoned here and not by the library under test.</summary>
public sealed partial class AuthenticatorApp(string key, TimeProvider time)
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz234567";
    private int shown;

    /// <summary>Recovery codes that the person wrote down.</summary>
    public IReadOnlyList<string> Recovery { get; private set; } = [];

    /// <summary>A code that was not shown before: of this half minute, then of one that is as good for the server.</summary>
    public string Next() =>
        Code(
            shown++ switch
            {
                0 => 0,
                1 => 1,
                2 => -1,
                _ => throw new InvalidOperationException("No further code is good now."),
            }
        );

    public string Code(int steps)
    {
        var step = time.GetUtcNow().ToUnixTimeSeconds() / 30 + steps;
        var counter = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
#pragma warning disable CA5350 // RFC 6238 as apps have it.
        var hash = HMACSHA1.HashData(Bytes(), counter);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>Sets a second factor up on the account's page, as a person does.</summary>
    public static async Task<AuthenticatorApp> SetUpAsync(
        HttpClient browser,
        string password,
        TimeProvider? time = null
    )
    {
        using var begun = await SandboxApp.SubmitAsync(browser, Page, ("Input.Password", password));
        var html = await begun.Content.ReadAsStringAsync();
        Assert.True(KeyIn().IsMatch(html), html);
        var app = new AuthenticatorApp(
            KeyIn().Match(html).Groups[1].Value.Replace(" ", "", StringComparison.Ordinal),
            time ?? TimeProvider.System
        );
        var form = SandboxApp.HiddenFields(html);
        form["Input.Code"] = app.Next();
        using var done = await browser.PostAsync(Page, new FormUrlEncodedContent(form));
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        html = await done.Content.ReadAsStringAsync();
        app.Recovery = RecoveryIn(html);
        Assert.True(app.Recovery.Count == 10, html);
        return app;
    }

    public const string Page = "/me/second-factor";

    public static IReadOnlyList<string> RecoveryIn(string html) =>
        [.. Listed().Matches(html).Select(match => match.Groups[1].Value)];

    private byte[] Bytes()
    {
        var bits = string.Concat(
            key.Select(letter => Convert.ToString(Letters.IndexOf(letter, StringComparison.Ordinal), 2).PadLeft(5, '0'))
        );
        return [.. bits.Chunk(8).Where(one => one.Length == 8).Select(one => Convert.ToByte(new string(one), 2))];
    }

    [GeneratedRegex("<code data-key[^>]*>([a-z2-7 ]+)</code>")]
    private static partial Regex KeyIn();

    [GeneratedRegex("<li class=\"mono\">([A-Z0-9]{5}-[A-Z0-9]{5})</li>")]
    private static partial Regex Listed();
}
