using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Audit;

/// <inheritdoc cref="IRecordFeed"/>
internal sealed class RecordFeed(AuditStore record, RecordNews news) : IRecordFeed
{
    public async Task<IReadOnlyList<RecordedEvent>> AfterAsync(long number, int most, CancellationToken cancellation) =>
        [.. (await record.AfterAsync(number, most, cancellation)).Select(Told)];

    public async Task<RecordedEvent?> FindAsync(long number, CancellationToken cancellation) =>
        (await record.AfterAsync(number - 1, 1, cancellation)).FirstOrDefault(row => row.Number == number) is { } row
            ? Told(row)
            : null;

    public async Task<long> LastAsync(CancellationToken cancellation) =>
        (await record.NewestAsync(cancellation))?.Number ?? 0;

    public IDisposable OnAppended(Action appended) => news.OnChange(appended);

    private static RecordedEvent Told(AuditRow row) =>
        new(
            row.Number,
            row.At,
            new AuditActor(row.ActorKind, row.ActorId, row.ActorName, row.ActorVia),
            row.Action,
            row.Tenant,
            row.Target,
            row.Outcome,
            row.Detail
        );
}
