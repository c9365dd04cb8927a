using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Audit;

/// <summary>A row as the API and the export give it.</summary>
public sealed record AuditRecord(
    string Id,
    long Number,
    DateTimeOffset At,
    AuditActor Actor,
    string Action,
    string? Tenant,
    string? Target,
    AuditOutcome Outcome,
    string? Detail,
    JsonElement? Before,
    JsonElement? After,
    string Previous,
    string Hash
)
{
    internal static AuditRecord Of(AuditRow row) =>
        new(
            row.Number.ToString(CultureInfo.InvariantCulture),
            row.Number,
            row.At,
            new AuditActor(row.ActorKind, row.ActorId, row.ActorName, row.ActorVia),
            row.Action,
            row.Tenant,
            row.Target,
            row.Outcome,
            row.Detail,
            Json(row.Before),
            Json(row.After),
            row.Previous,
            row.Hash
        );

    /// <summary>A tampered row must still be shown, so text that is no JSON becomes a string.</summary>
    private static JsonElement? Json(string? text)
    {
        if (text is null)
        {
            return null;
        }
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }
}

/// <param name="Signature">ECDSA P-256/SHA-256 (IEEE P1363) over <c>sevensa-audit</c>, number, hash and Unix milliseconds, a line each.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo (DER).</param>
internal sealed record AuditCheckpointView(
    long Number,
    string Hash,
    DateTimeOffset At,
    string KeyId,
    byte[] Signature,
    byte[]? PublicKey
);

internal static class AuditApi
{
    public static void MapAuditApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1/audit").RequireAuthorization(AuditAccess.Policy).WithTags("Audit");
        api.MapGet("/", ListAsync).WithSummary("The audit record, newest first");
        api.MapGet("/verify", VerifyAsync)
            .WithSummary("Follows the hash chain and names the first row that does not hold");
        api.MapGet("/checkpoints", CheckpointsAsync)
            .WithSummary(
                "Rows that were signed, newest first: keep one elsewhere, and the record up to it can't be changed unseen"
            );
        // The page's link; the API takes no cookie.
        app.MapGet("/audit/export", ExportPageAsync)
            .WithMetadata(HandsOutMuch.Here)
            .RequireAuthorization(AuditAccess.Policy)
            .ExcludeFromDescription();
        api.MapGet("/export", ExportAsync).WithSummary("The audit record as JSON Lines, oldest first");
    }

    private static async Task<Ok<Page<AuditRecord>>> ListAsync(
        [AsParameters] AuditQuery query,
        AuditStore store,
        IAuditReaders readers,
        CancellationToken cancellation,
        string? cursor = null,
        int? limit = null
    )
    {
        var most = PageSize.Of(limit);
        var before = Cursor.Read(cursor, "audit", 1)?.Number(0);
        var reader = await ReaderAsync(query, readers, cancellation);
        var rows = await store.ListAsync(reader, query.Filter(before), most + 1, cancellation);
        var items = rows.Take(most).Select(AuditRecord.Of).ToList();
        return TypedResults.Ok(
            new Page<AuditRecord>(items, rows.Count > most ? Cursor.After("audit", items[^1].Number) : null)
        );
    }

    /// <param name="number">With <paramref name="hash"/>: a row as it was noted elsewhere, in a backup's manifest for instance.</param>
    private static async Task<Ok<AuditVerification>> VerifyAsync(
        AuditVerifier verifier,
        AuditStore store,
        CancellationToken cancellation,
        long? number = null,
        string? hash = null
    )
    {
        if (number is null != string.IsNullOrWhiteSpace(hash))
        {
            throw new BadHttpRequestException("A row that was noted elsewhere is named by number and hash together.");
        }
        var verified = await verifier.VerifyAsync(cancellation);
        return TypedResults.Ok(
            verified.Valid
            && number is { } noted
            && !await store.HasAsync(noted, hash!.Trim().ToLowerInvariant(), cancellation)
                ? verified with
                {
                    Valid = false,
                    FirstBad = noted,
                    Reason = "It is not the row that was noted elsewhere: the record was written anew since.",
                }
                : verified
        );
    }

    private static async Task<Ok<Page<AuditCheckpointView>>> CheckpointsAsync(
        AuditStore store,
        IProductKeys keys,
        CancellationToken cancellation,
        string? cursor = null,
        int? limit = null
    )
    {
        var most = PageSize.Of(limit);
        var before = Cursor.Read(cursor, "checkpoints", 1)?.Number(0) ?? long.MaxValue;
        var found = await store.CheckpointsAsync(cancellation, before, most + 1);
        var items = new List<AuditCheckpointView>();
        foreach (var checkpoint in found.Take(most))
        {
            var key = await keys.FindAsync(checkpoint.KeyId, cancellation);
            items.Add(
                new AuditCheckpointView(
                    checkpoint.Number,
                    checkpoint.Hash,
                    checkpoint.At,
                    checkpoint.KeyId,
                    checkpoint.Signature,
                    key?.PublicKey
                )
            );
        }
        return TypedResults.Ok(
            new Page<AuditCheckpointView>(
                items,
                found.Count > most ? Cursor.After("checkpoints", items[^1].Number) : null
            )
        );
    }

    /// <exception cref="UnseenTenantException">The tenant that is asked for is none of theirs, or there is none.</exception>
    private static async Task<AuditReader> ReaderAsync(
        AuditQuery query,
        IAuditReaders readers,
        CancellationToken cancellation
    )
    {
        var reader = await readers.CurrentAsync(cancellation);
        if (query.Unseen(reader) is { } tenant)
        {
            await readers.NoteUnseenAsync(tenant, cancellation);
            throw new UnseenTenantException(tenant);
        }
        return reader;
    }

    private static Task ExportPageAsync(
        [AsParameters] AuditQuery query,
        DateTimeOffset? since,
        DateTimeOffset? until,
        HttpContext context,
        AuditStore store,
        IAuditReaders readers,
        IOptions<JsonOptions> json,
        CancellationToken cancellation
    ) => ExportAsync(query with { From = since, To = until }, context, store, readers, json, cancellation);

    private static async Task ExportAsync(
        [AsParameters] AuditQuery query,
        HttpContext context,
        AuditStore store,
        IAuditReaders readers,
        IOptions<JsonOptions> json,
        CancellationToken cancellation
    )
    {
        var reader = await ReaderAsync(query, readers, cancellation);
        context.Response.ContentType = "application/x-ndjson";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"audit.jsonl\"";
        await foreach (var row in store.StreamAsync(reader, query.Filter(null), cancellation))
        {
            await JsonSerializer.SerializeAsync(
                context.Response.Body,
                AuditRecord.Of(row),
                json.Value.SerializerOptions,
                cancellation
            );
            await context.Response.Body.WriteAsync("\n"u8.ToArray(), cancellation);
        }
    }
}

internal sealed record AuditQuery(
    string? Tenant,
    string? Action,
    string? Actor,
    string? Target,
    string? Outcome,
    DateTimeOffset? From,
    DateTimeOffset? To
)
{
    public AuditFilter Filter(long? before) =>
        new(
            Blank(Tenant),
            Blank(Action),
            Blank(Actor),
            Blank(Target),
            ValueWords.Read<AuditOutcome>("outcome", Outcome),
            From,
            To,
            before
        );

    /// <summary>The tenant that is asked for when it is none of the reader's. An administrator also reads of one that is gone.</summary>
    public string? Unseen(AuditReader reader) =>
        Blank(Tenant) is { } asked && !reader.Everything && !reader.Tenants.Contains(asked) ? asked : null;

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
