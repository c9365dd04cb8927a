namespace Sevensa.Dashboard.Ui.Plans;

internal static class Placeholder;
