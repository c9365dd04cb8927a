namespace Sevensa.Dashboard.Ui.Charts;

internal static class Placeholder;
