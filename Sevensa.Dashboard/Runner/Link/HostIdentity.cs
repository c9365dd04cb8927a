using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Runner.Actions;

namespace Sevensa.Dashboard.Runner.Link;

/// <summary>What enrolment left on this host.</summary>
internal sealed record EnrolmentRecord(string HostId, string ActionKeyId, byte[] ActionKey);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EnrolmentRecord))]
internal sealed partial class EnrolmentJson : JsonSerializerContext;

/// <summary>Who this host is: its own key pair, made here and never leaving, and the dashboard's key that it trusts.</summary>
internal sealed class HostIdentity : IDisposable
{
    private const string KeyFile = "host.key";
    private const string NextKeyFile = "host.key.next";
    private const string EnrolmentFile = "enrolment.json";

    private readonly StateFolder state;
    private readonly Lock gate = new();
    private ECDsa key;
    private ECDsa? next;
    private bool showNext;
    private volatile EnrolmentRecord? record;

    private HostIdentity(StateFolder state, ECDsa key, ECDsa? next, EnrolmentRecord? record)
    {
        this.state = state;
        this.key = key;
        this.next = next;
        this.record = record;
        showNext = next is not null;
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
            ECDsa? next = null;
            if (state.Read(NextKeyFile) is { } renewed)
            {
                next = ECDsa.Create();
                next.ImportPkcs8PrivateKey(renewed, out _);
            }
            return new HostIdentity(state, key, next, record);
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException)
        {
            key.Dispose();
            throw new RunnerException(
                $"{KeyFile} or {EnrolmentFile} in {state.Path} is damaged: it does not hold what this runner wrote there. Move the folder away and enrol this host again.",
                exception
            );
        }
    }

    /// <summary>A fresh token for one connection.</summary>
    public string Token(DateTimeOffset now)
    {
        lock (gate)
        {
            return RunnerToken.Make(record!.HostId, showNext ? next! : key, now);
        }
    }

    /// <summary>
    /// Makes the next key pair, or tells of one that was made before and not taken yet. Both are kept until the dashboard has
    /// taken the next one, so that whatever dies in between, one of them opens.
    /// </summary>
    /// <returns>Its public key (SubjectPublicKeyInfo, DER).</returns>
    public byte[] Renew()
    {
        lock (gate)
        {
            if (next is null)
            {
                next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                state.Write(NextKeyFile, next.ExportPkcs8PrivateKey());
            }
            showNext = true;
            return next.ExportSubjectPublicKeyInfo();
        }
    }

    /// <summary>The dashboard took the token: with the next key shown, it is the only one from now on.</summary>
    public void Taken()
    {
        lock (gate)
        {
            if (!showNext || next is null)
            {
                return;
            }
            state.Write(KeyFile, next.ExportPkcs8PrivateKey());
            state.Delete(NextKeyFile);
            key.Dispose();
            (key, next, showNext) = (next, null, false);
        }
    }

    /// <summary>The dashboard did not take the token: it may know the other key of the two.</summary>
    public void NotTaken()
    {
        lock (gate)
        {
            showNext = next is not null && !showNext;
        }
    }

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
        if (Pinned is not { } pinned || record is not { } known)
        {
            return null;
        }
        if (offered.Payload is { } same && ActionKeyId.Of(same) == pinned.Id)
        {
            // Offered again, since the answer was lost.
            return pinned.Id;
        }
        if (!ActionSignature.Holds(pinned.Id, pinned.PublicKey, offered))
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

    public void Dispose()
    {
        key.Dispose();
        next?.Dispose();
    }
}
