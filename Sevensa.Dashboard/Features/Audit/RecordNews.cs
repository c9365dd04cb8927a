using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Audit;

/// <summary>Tells that something was appended to the record.</summary>
internal sealed class RecordNews(ILogger<RecordNews> log) : ChangeSignal(log);
