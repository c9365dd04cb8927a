namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>Writes a tree as text that parses into the same tree.</summary>
public static class PromQlPrinter
{
    public static string Print(Expr expr) => throw new NotImplementedException(expr.GetType().Name);
}
