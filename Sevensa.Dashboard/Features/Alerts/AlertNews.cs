using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>Tells that an alert, a silence, an objective or an incident is another.</summary>
internal sealed class AlertNews(ILogger<AlertNews> log) : ChangeSignal(log);
