namespace Sevensa.Dashboard.Ui.Logs;

internal static class Placeholder;
