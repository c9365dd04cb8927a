using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Runner.Actions.Rules;

namespace Sevensa.Dashboard.Runner.Link;

/// <summary>The dashboard's public action key as this host pinned it.</summary>
/// <param name="PublicKey">SubjectPublicKeyInfo (DER).</param>
internal sealed record PinnedKey(string Id, byte[] PublicKey);

/// <summary>What enrolment left on this host.</summary>
internal sealed record EnrolmentRecord(string HostId, string ActionKeyId, byte[] ActionKey);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EnrolmentRecord))]
internal sealed partial class EnrolmentJson : JsonSerializerContext;

/// <summary>Who this host is: its own key pair, made here and never leaving, and the dashboard's key that it trusts.</summary>
internal sealed class HostIdentity : IDisposable
{
    private const string KeyFile = "host.key";
    private const string EnrolmentFile = "enrolment.json";

    private readonly StateFolder state;
    private readonly ECDsa key;
    private volatile EnrolmentRecord? record;

    private HostIdentity(StateFolder state, ECDsa key, EnrolmentRecord? record)
    {
        this.state = state;
        this.key = key;
        this.record = record;
    }

    public string? HostId => record?.HostId;

    public PinnedKey? Pinned => record is { } known ? new PinnedKey(known.ActionKeyId, known.ActionKey) : null;

    /// <summary>SubjectPublicKeyInfo (DER).</summary>
    public byte[] PublicKey => key.ExportSubjectPublicKeyInfo();

    /// <exception cref="RunnerException">A file in the state folder is damaged.</exception>
    public static HostIdentity Open(StateFolder state)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            if (state.Read(KeyFile) is { } known)
            {
                key.ImportPkcs8PrivateKey(known, out _);
            }
            else
            {
                state.Write(KeyFile, key.ExportPkcs8PrivateKey());
            }
            var record = state.Read(EnrolmentFile) is { } enrolled
                ? JsonSerializer.Deserialize(enrolled, EnrolmentJson.Default.EnrolmentRecord)
                : null;
            return new HostIdentity(state, key, record);
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException)
        {
            key.Dispose();
            throw new RunnerException(
                $"{KeyFile} or {EnrolmentFile} in {state.Path} is damaged: {exception.Message} Move the folder away and enrol this host again.",
                exception
            );
        }
    }

    /// <summary>A fresh token for one connection.</summary>
    public string Token(DateTimeOffset now) => RunnerToken.Make(record!.HostId, key, now);

    public void Keep(Enrolled enrolled)
    {
        var fresh = new EnrolmentRecord(enrolled.HostId, enrolled.ActionKeyId, enrolled.ActionKey);
        state.Write(EnrolmentFile, JsonSerializer.SerializeToUtf8Bytes(fresh, EnrolmentJson.Default.EnrolmentRecord));
        record = fresh;
    }

    /// <summary>Takes the dashboard's new key when the pinned one signed it; the payload is the new key (DER).</summary>
    /// <returns>The new key's id, or null when it is not taken.</returns>
    public string? Pin(SignedEnvelope offered)
    {
        if (Pinned is not { } pinned || record is not { } known || !SignatureRule.Holds(pinned, offered))
        {
            return null;
        }
        try
        {
            using var fresh = ECDsa.Create();
            fresh.ImportSubjectPublicKeyInfo(offered.Payload, out _);
        }
        catch (CryptographicException)
        {
            return null;
        }
        var id = ActionKeyId.Of(offered.Payload);
        Keep(new Enrolled(known.HostId, id, offered.Payload));
        return id;
    }

    public void Dispose() => key.Dispose();
}
