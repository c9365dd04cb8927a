using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Features.Identity.Tokens.Keys;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Tokens are signed with a new key from time to time, and nobody is signed out by it.</summary>
public sealed class SigningKeysTests(LaterApp app) : IClassFixture<LaterApp>
{
    [Fact]
    public async Task A_new_key_is_published_first_signs_later_and_the_old_one_goes_with_its_last_token()
    {
        var before = await TokenAsync();
        var old = KeyOf(before);
        Assert.Equal([old], await PublishedAsync());
        using (var admin = app.WithToken(before))
        {
            using (var unproved = await admin.PostAsJsonAsync("/api/v1/signing-keys/rotate", new { }))
            {
                Assert.Equal(HttpStatusCode.Forbidden, unproved.StatusCode);
                Assert.Contains("stepUpRequired", await unproved.Content.ReadAsStringAsync());
            }
            await SandboxApp.GoodAsync(RotateAsync(admin));
            // Pressed twice, it is one.
            using var twice = await RotateAsync(admin);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, twice.StatusCode);
        }
        var published = await PublishedAsync();
        Assert.Equal(2, published.Count);
        var next = Assert.Single(published, id => id != old);
        Assert.Equal(old, KeyOf(await TokenAsync()));

        await LaterAsync(TimeSpan.FromMinutes(6));
        var after = await TokenAsync();
        Assert.Equal(next, KeyOf(after));
        foreach (var token in new[] { before, after })
        {
            using var client = app.WithToken(token);
            using var answer = await client.GetAsync("/api/v1/signing-keys");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        Assert.Equal(2, (await PublishedAsync()).Count);

        await LaterAsync(TimeSpan.FromDays(15));
        Assert.Equal([next], await PublishedAsync());
        using var late = app.WithToken(await TokenAsync());
        Assert.Contains("signingKey.rotated", await late.GetStringAsync("/api/v1/audit?action=signingKey.rotated"));

        // And once it is old it is followed by another, by itself.
        app.Later(TimeSpan.FromDays(91));
        await app.Services.GetRequiredService<KeyDesk>().KeepYoungAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, (await PublishedAsync()).Count);
    }

    [Fact]
    public async Task A_key_that_somebody_may_have_is_withdrawn_at_once_with_all_that_it_signed()
    {
        var before = await TokenAsync();
        var old = KeyOf(before);
        using (var admin = app.WithToken(before))
        {
            using (var unproved = await admin.PostAsJsonAsync("/api/v1/signing-keys/withdraw", new { }))
                Assert.Equal(HttpStatusCode.Forbidden, unproved.StatusCode);
            await SandboxApp.GoodAsync(ProvedAsync(admin, "withdraw"));
            using var after = await admin.GetAsync("/api/v1/signing-keys");
            Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        }
        var next = Assert.Single(await PublishedAsync());
        Assert.NotEqual(old, next);
        var token = await TokenAsync();
        Assert.Equal(next, KeyOf(token));
        using var client = app.WithToken(token);
        Assert.Contains(old, await client.GetStringAsync("/api/v1/audit?action=signingKey.withdrawn"));
    }

    [Fact]
    public async Task A_token_that_was_signed_by_whoever_has_the_key_finds_no_row_that_fits()
    {
        var own = new JsonWebToken(await TokenAsync());
        var families = app.Services.GetRequiredService<TokenFamilyStore>();
        var stop = TestContext.Current.CancellationToken;
        var id = own.GetPayloadValue<string>("oi_tkn_id");
        Assert.True(await families.IsLiveAsync(id, own.Subject, "sandbox-admin", stop));
        Assert.False(await families.IsLiveAsync(id, "sandbox-person-operator", "sandbox-admin", stop));
        Assert.False(await families.IsLiveAsync(id, own.Subject, "sandbox-operator", stop));
    }

    [Fact]
    public void Which_key_signs_is_the_same_for_every_dashboard_at_a_moment()
    {
        var noon = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        ProductKey[] keys = [Key("c", noon), Key("b", noon.AddDays(-10)), Key("a", noon.AddDays(-40))];
        Assert.Equal("b", SigningKey.At(keys, noon.AddMinutes(4))[0].Id);
        Assert.Equal("c", SigningKey.At(keys, noon.AddMinutes(5))[0].Id);
        Assert.Equal(["c", "b", "a"], SigningKey.At(keys, noon.AddDays(4)).Select(key => key.Id));
        Assert.Equal(["c", "b"], SigningKey.At(keys, noon.AddDays(5)).Select(key => key.Id));
        Assert.Equal(["c"], SigningKey.At(keys, noon.AddDays(15)).Select(key => key.Id));
        // A first key signs at once.
        Assert.True(SigningKey.At([Key("a", noon)], noon).Single().IsSigning);
    }

    [Fact]
    public async Task The_private_half_is_sealed_in_the_store()
    {
        var store = app.Services.GetRequiredService<ProductKeyStore>();
        var key = app.Services.GetRequiredService<SigningKeys>().Current[0].Key;
        var row = await store.FindAsync(key.Id, TestContext.Current.CancellationToken);
        var plain = key.Key.ExportPkcs8PrivateKey();
        Assert.Equal(-1, row!.SealedPrivateKey.AsSpan().IndexOf(plain.AsSpan(0, 32)));
    }

    private static ProductKey Key(string id, DateTimeOffset madeAt) =>
        new(id, KeyPurposes.TokenSigning, [], null!) { MadeAt = madeAt };

    private static Task<HttpResponseMessage> RotateAsync(HttpClient admin) => ProvedAsync(admin, "rotate");

    private static async Task<HttpResponseMessage> ProvedAsync(HttpClient admin, string what)
    {
        using var proved = await admin.PostAsJsonAsync(
            "/api/v1/step-ups",
            new { deed = $"signingKeys.{what}", password = "sandbox" }
        );
        Assert.True(proved.IsSuccessStatusCode, await proved.Content.ReadAsStringAsync());
        var proof = (await proved.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("proof").GetString();
        return await admin.PostAsJsonAsync($"/api/v1/signing-keys/{what}", new { stepUp = proof });
    }

    private async Task LaterAsync(TimeSpan by)
    {
        app.Later(by);
        await app.Services.GetRequiredService<SigningKeys>().LookAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A new one each time: others may have been signed before.</summary>
    private async Task<string> TokenAsync()
    {
        using var nobody = app.Anonymous();
        using var answer = await nobody.PostAsync(
            "/connect/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = "sandbox-admin",
                    ["client_secret"] = "sandbox-admin",
                }
            )
        );
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }

    private static string KeyOf(string token) => new JsonWebToken(token).Kid;

    private async Task<IReadOnlyList<string>> PublishedAsync()
    {
        using var nobody = app.Anonymous();
        var set = await nobody.GetFromJsonAsync<JsonElement>("/.well-known/jwks");
        return [.. set.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("kid").GetString()!)];
    }
}
