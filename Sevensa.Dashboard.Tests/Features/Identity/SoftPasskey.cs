using System.Buffers.Binary;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>A passkey without a device: an account's key, and the signatures that a browser would bring (WebAuthn, ES256).</summary>
internal sealed class SoftPasskey : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] id = RandomNumberGenerator.GetBytes(16);
    private readonly string owner;
    private readonly string origin;
    private uint uses;

    private SoftPasskey(string owner, string origin) => (this.owner, this.origin) = (owner, origin);

    public string Id => WebEncoders.Base64UrlEncode(id);

    /// <summary>Puts one on an account, as if it had been made there.</summary>
    public static async Task<SoftPasskey> AddAsync(SandboxApp app, string personId)
    {
        var made = new SoftPasskey(personId, app.Address.GetLeftPart(UriPartial.Authority));
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        await using var store = await stores.CreateDbContextAsync(TestContext.Current.CancellationToken);
        store.Add(
            new IdentityUserPasskey<string>
            {
                CredentialId = made.id,
                UserId = personId,
                Data = new IdentityPasskeyData
                {
                    PublicKey = made.Public(),
                    Name = "made of software",
                    CreatedAt = DateTimeOffset.UnixEpoch,
                    IsUserVerified = true,
                    Transports = [],
                    AttestationObject = [1],
                    ClientDataJson = [1],
                },
            }
        );
        await store.SaveChangesAsync(TestContext.Current.CancellationToken);
        return made;
    }

    /// <summary>Asks as a page or program does, and signs what is asked.</summary>
    public async Task<(string State, string Credential)> AskedAsync(HttpClient client, string path)
    {
        using var answer = await client.PostAsJsonAsync(path, new { });
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        var question = JsonSerializer.Deserialize<JsonElement>(text);
        return (question.GetProperty("state").GetString()!, Sign(question.GetProperty("options").GetString()!));
    }

    /// <summary>Brings what was signed, as a page of this origin does.</summary>
    public static async Task<HttpResponseMessage> BringAsync(
        HttpClient client,
        string path,
        string state,
        string credential
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = JsonContent.Create(new { state, credential }),
        };
        request.Headers.Add("Origin", client.BaseAddress!.GetLeftPart(UriPartial.Authority));
        return await client.SendAsync(request);
    }

    /// <summary>What the browser gives to a question.</summary>
    public string Sign(string options)
    {
        var asked = JsonSerializer.Deserialize<JsonElement>(options);
        var clientData = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                type = "webauthn.get",
                challenge = asked.GetProperty("challenge").GetString(),
                origin,
                crossOrigin = false,
            }
        );
        var authenticator = new byte[37];
        SHA256.HashData(Encoding.UTF8.GetBytes(asked.GetProperty("rpId").GetString()!), authenticator);
        // Somebody was there, and unlocked it.
        authenticator[32] = 0x05;
        BinaryPrimitives.WriteUInt32BigEndian(authenticator.AsSpan(33), ++uses);
        var signature = key.SignData(
            [.. authenticator, .. SHA256.HashData(clientData)],
            HashAlgorithmName.SHA256,
            DSASignatureFormat.Rfc3279DerSequence
        );
        return JsonSerializer.Serialize(
            new
            {
                id = Id,
                rawId = Id,
                type = "public-key",
                clientExtensionResults = new { },
                response = new
                {
                    clientDataJSON = WebEncoders.Base64UrlEncode(clientData),
                    authenticatorData = WebEncoders.Base64UrlEncode(authenticator),
                    signature = WebEncoders.Base64UrlEncode(signature),
                    userHandle = WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(owner)),
                },
            }
        );
    }

    public void Dispose() => key.Dispose();

    /// <summary>The public half as COSE has it: EC2, ES256, P-256, x, y.</summary>
    private byte[] Public()
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return
        [
            .. new byte[] { 0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20 },
            .. point.X!,
            .. new byte[] { 0x22, 0x58, 0x20 },
            .. point.Y!,
        ];
    }
}
