namespace Sevensa.Dashboard.Features.Dashboards.Variables;

/// <summary>Options as people write them: <c>1m,5m</c>, <c>all : .*, one : a\,b</c>.</summary>
internal static class CustomOptions
{
    private const int Most = 1000;

    public static List<VariableOption> Read(string text)
    {
        var options = new List<VariableOption>();
        var one = new System.Text.StringBuilder();
        for (var i = 0; i <= text.Length && options.Count < Most; i++)
        {
            if (i + 1 < text.Length && text[i] == '\\' && text[i + 1] == ',')
            {
                one.Append(text[++i]);
            }
            else if (i < text.Length && text[i] != ',')
            {
                one.Append(text[i]);
            }
            else
            {
                Add(one.ToString().Trim());
                one.Clear();
            }
        }
        return options;

        void Add(string written)
        {
            if (written.Length == 0)
            {
                return;
            }
            var parts = written.Split(" : ", 2);
            options.Add(
                parts.Length == 2
                    ? new VariableOption(parts[0].Trim(), parts[1].Trim())
                    : new VariableOption(written, written)
            );
        }
    }
}
