using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Platform.Query.LogQl;

/// <summary>Writes a tree as LogQL that Loki reads back to the same tree: every string quoted, every nesting in parentheses.</summary>
internal sealed class LogQlPrinter
{
    private readonly StringBuilder _text = new();

    public static string Print(LogQlExpr expr)
    {
        var printer = new LogQlPrinter();
        printer.Write(expr);
        return printer._text.ToString();
    }

    public static string Print(ValueList<PipelineStage> stages)
    {
        var printer = new LogQlPrinter();
        printer.Write(stages);
        return printer._text.ToString().TrimStart();
    }

    private void Write(LogQlExpr expr)
    {
        switch (expr)
        {
            case LogQuery query:
                Write(query);
                break;
            case NumberLiteral number:
                _text.Append(Number(number.Value));
                break;
            case VectorLiteral vector:
                _text.Append(CultureInfo.InvariantCulture, $"vector({Number(vector.Value)})");
                break;
            case RangeAggregation aggregation:
                _text.Append(aggregation.Function.Word()).Append('(');
                if (aggregation.Parameter is { } quantile)
                {
                    _text.Append(Number(quantile)).Append(", ");
                }

                Write(aggregation.Range);
                _text.Append(')');
                Write(aggregation.Grouping);
                break;
            case VectorAggregation aggregation:
                _text.Append(aggregation.Function.Word());
                Write(aggregation.Grouping);
                _text.Append(aggregation.Grouping is null ? "(" : " (");
                if (aggregation.Parameter is { } count)
                {
                    _text.Append(CultureInfo.InvariantCulture, $"{count}, ");
                }

                Write(aggregation.Inner);
                _text.Append(')');
                break;
            case LabelReplace replace:
                _text.Append("label_replace(");
                Write(replace.Inner);
                foreach (
                    var text in (string[])[replace.Destination, replace.Replacement, replace.Source, replace.Pattern]
                )
                {
                    _text.Append(", ").Append(LogQlText.Quote(text));
                }

                _text.Append(')');
                break;
            case BinaryExpr binary:
                WriteOperand(binary.Left);
                _text.Append(' ').Append(binary.Operator.Word()).Append(' ');
                Write(binary.Modifier);
                WriteOperand(binary.Right);
                break;
            case VariantsExpr variants:
                _text.Append("variants(");
                for (var i = 0; i < variants.Variants.Count; i++)
                {
                    _text.Append(i == 0 ? "" : ", ");
                    Write(variants.Variants[i]);
                }

                _text.Append(") of (");
                Write(variants.Of);
                _text.Append(')');
                break;
        }
    }

    private void WriteOperand(MetricExpr operand)
    {
        if (operand is BinaryExpr)
        {
            _text.Append('(');
            Write(operand);
            _text.Append(')');
        }
        else
        {
            Write(operand);
        }
    }

    private void Write(BinaryModifier modifier)
    {
        _text.Append(modifier.ReturnBool ? "bool " : "");
        if (modifier.Labels is null)
        {
            return;
        }

        _text.Append(modifier.On ? "on " : "ignoring ").Append(List(modifier.Labels)).Append(' ');
        if (modifier.Group != GroupSide.None)
        {
            _text.Append(modifier.Group == GroupSide.Left ? "group_left " : "group_right ");
            _text.Append(List(modifier.Include)).Append(' ');
        }
    }

    private void Write(Grouping? grouping)
    {
        if (grouping is not null)
        {
            _text.Append(grouping.Without ? " without " : " by ").Append(List(grouping.Labels));
        }
    }

    private static string List(ValueList<string> labels) => $"({string.Join(", ", labels)})";

    private void Write(LogQuery query)
    {
        _text.Append(query.Selector);
        Write(query.Stages);
    }

    private void Write(LogRange range)
    {
        Write(range.Query);
        if (range.Unwrap is { } unwrap)
        {
            _text.Append(" | unwrap ");
            _text.Append(
                unwrap.Conversion == UnwrapConversion.None
                    ? unwrap.Label
                    : $"{unwrap.Conversion.Word()}({unwrap.Label})"
            );
            foreach (var filter in unwrap.PostFilters)
            {
                _text.Append(" | ");
                Write(filter, nested: false);
            }
        }

        _text.Append(CultureInfo.InvariantCulture, $" [{range.Window}]");
        if (range.Offset is { } offset)
        {
            _text.Append(CultureInfo.InvariantCulture, $" offset {offset}");
        }
    }

    private void Write(ValueList<PipelineStage> stages)
    {
        foreach (var stage in stages)
        {
            _text.Append(stage is LineFilter ? " " : " | ");
            Write(stage);
        }
    }

    private void Write(PipelineStage stage)
    {
        switch (stage)
        {
            case LineFilter filter:
                _text.Append(filter.Operator.Word()).Append(' ');
                _text.AppendJoin(" or ", filter.Alternatives.Select(Text));
                break;
            case JsonStage json:
                _text.Append("json").Append(Text(json.Extractions));
                break;
            case LogfmtStage logfmt:
                _text.Append("logfmt").Append(logfmt.Strict ? " --strict" : "");
                _text.Append(logfmt.KeepEmpty ? " --keep-empty" : "").Append(Text(logfmt.Extractions));
                break;
            case RegexpStage regexp:
                _text.Append("regexp ").Append(LogQlText.Quote(regexp.Pattern));
                break;
            case PatternStage pattern:
                _text.Append("pattern ").Append(LogQlText.Quote(pattern.Pattern));
                break;
            case UnpackStage:
                _text.Append("unpack");
                break;
            case DecolorizeStage:
                _text.Append("decolorize");
                break;
            case LineFormatStage format:
                _text.Append("line_format ").Append(LogQlText.Quote(format.Template));
                break;
            case LabelFormatStage format:
                _text.Append("label_format ").AppendJoin(", ", format.Assignments.Select(Text));
                break;
            case DropStage drop:
                _text.Append("drop ").AppendJoin(", ", drop.Labels.Select(Text));
                break;
            case KeepStage keep:
                _text.Append("keep ").AppendJoin(", ", keep.Labels.Select(Text));
                break;
            case LabelFilterStage filter:
                Write(filter.Filter, nested: false);
                break;
        }
    }

    private static string Text(LineText text) =>
        text.IsIp ? $"ip({LogQlText.Quote(text.Text)})" : LogQlText.Quote(text.Text);

    private static string Text(ValueList<LabelExtraction> extractions) =>
        extractions.Count == 0
            ? ""
            : " " + string.Join(", ", extractions.Select(item => $"{item.Label}={LogQlText.Quote(item.Path)}"));

    private static string Text(LabelAssignment assignment) =>
        $"{assignment.Label}={(assignment.IsTemplate ? LogQlText.Quote(assignment.Value) : assignment.Value)}";

    private static string Text(LabelChoice choice) => choice.When?.ToString() ?? choice.Name;

    private void Write(LabelFilter filter, bool nested)
    {
        switch (filter)
        {
            case TextFilter text:
                _text.Append(text.Matcher);
                break;
            case NumberFilter number:
                _text.Append(number.Label).Append(number.Operator.Word()).Append(Number(number.Value));
                break;
            case DurationFilter duration:
                _text.Append(duration.Label).Append(duration.Operator.Word()).Append(duration.Value);
                break;
            case BytesFilter bytes:
                _text.Append(bytes.Label).Append(bytes.Operator.Word());
                _text.Append(CultureInfo.InvariantCulture, $"{bytes.Bytes}B");
                break;
            case IpFilter ip:
                _text.Append(ip.Label).Append(ip.Negated ? "!=" : "=");
                _text.Append("ip(").Append(LogQlText.Quote(ip.Address)).Append(')');
                break;
            case AndFilter and:
                WriteJoined(and.Left, " and ", and.Right, nested);
                break;
            case OrFilter or:
                WriteJoined(or.Left, " or ", or.Right, nested);
                break;
        }
    }

    private void WriteJoined(LabelFilter left, string word, LabelFilter right, bool nested)
    {
        _text.Append(nested ? "(" : "");
        Write(left, nested: true);
        _text.Append(word);
        Write(right, nested: true);
        _text.Append(nested ? ")" : "");
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
