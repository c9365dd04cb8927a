namespace Sevensa.Dashboard.Platform.Query.LogQl;

public sealed partial class LogQlParser
{
    private PipelineStage Stage()
    {
        if (_token.Kind == TokenKind.Identifier || _token.Is("("))
        {
            return new LabelFilterStage(LabelFilter(0));
        }

        switch (_token.Kind == TokenKind.Word ? _token.Text : "")
        {
            case "json":
                Take();
                return new JsonStage(Extractions());
            case "logfmt":
                return Logfmt();
            case "regexp":
                return Regexp();
            case "pattern":
                return Pattern();
            case "unpack":
                Take();
                return new UnpackStage();
            case "decolorize":
                Take();
                return new DecolorizeStage();
            case "line_format":
                Take();
                return new LineFormatStage(Expect(TokenKind.String, "STRING").Text);
            case "label_format":
                return LabelFormat();
            case "drop":
                Take();
                return new DropStage(Choices());
            case "keep":
                Take();
                return new KeepStage(Choices());
            default:
                throw Unexpected();
        }
    }

    private LogfmtStage Logfmt()
    {
        Take();
        var (strict, keepEmpty) = (false, false);
        while (_token.Kind == TokenKind.Flag)
        {
            if (Take().Text == "--strict")
            {
                strict = true;
            }
            else
            {
                keepEmpty = true;
            }
        }

        return new LogfmtStage(strict, keepEmpty, Extractions());
    }

    private ValueList<LabelExtraction> Extractions()
    {
        if (_token.Kind != TokenKind.Identifier)
        {
            return [];
        }

        var extractions = new List<LabelExtraction>();
        do
        {
            var label = Label("IDENTIFIER");
            extractions.Add(new LabelExtraction(label, TryTake("=") ? Expect(TokenKind.String, "STRING").Text : label));
        } while (TryTake(","));

        return extractions.ToValueList();
    }

    private RegexpStage Regexp()
    {
        Take();
        var pattern = Expect(TokenKind.String, "STRING");
        var read = Re2Syntax.Check(pattern.Text);
        var wrong =
            read.Error
            ?? (read.Names.Count == 0 ? "at least one named capture must be supplied" : null)
            ?? (
                read.Names.FirstOrDefault(name => char.IsAsciiDigit(name[0])) is { } bad
                    ? $"invalid extracted label name '{bad}'"
                    : null
            );
        RefuseLabels(read.Names, pattern);
        return wrong is null
            ? new RegexpStage(pattern.Text)
            : throw Invalid($"invalid regexp parser: {wrong}", pattern);
    }

    private PatternStage Pattern()
    {
        Take();
        var pattern = Expect(TokenKind.String, "STRING");
        var wrong = LinePattern.Check(pattern.Text, out var names);
        RefuseLabels(names, pattern);
        return wrong is null
            ? new PatternStage(pattern.Text)
            : throw Invalid($"invalid pattern parser: {wrong}", pattern);
    }

    private void RefuseLabels(IEnumerable<string> labels, LogQlToken at)
    {
        foreach (var label in labels)
        {
            RefuseLabel(label, at);
        }
    }

    private LabelFormatStage LabelFormat()
    {
        Take();
        var assignments = new List<LabelAssignment>();
        do
        {
            var label = Label("IDENTIFIER");
            Expect("=");
            assignments.Add(
                _token.Kind == TokenKind.String
                    ? new LabelAssignment(label, Take().Text, IsTemplate: true)
                    : new LabelAssignment(label, Label("IDENTIFIER", "STRING"), IsTemplate: false)
            );
        } while (TryTake(","));

        return new LabelFormatStage(assignments.ToValueList());
    }

    private ValueList<LabelChoice> Choices()
    {
        var choices = new List<LabelChoice>();
        do
        {
            var name = Label("IDENTIFIER");
            choices.Add(
                new LabelChoice(
                    name,
                    TryMatchOperator() is { } op ? Matcher(name, op, Expect(TokenKind.String, "STRING")) : null
                )
            );
        } while (TryTake(","));

        return choices.ToValueList();
    }

    // "and" binds tighter than "or". A comma, or nothing at all between two filters, means "and" too, but takes all that
    // follows as its right side, as Loki's generated parser does.
    private LabelFilter LabelFilter(int least)
    {
        CountPart();
        var left = LabelFilterOperand();
        while (true)
        {
            if (_token.Is(",") || _token.Is("(") || _token.Kind == TokenKind.Identifier)
            {
                TryTake(",");
                left = new AndFilter(left, LabelFilter(0));
            }
            else if (_token.Is("and") && least <= 2)
            {
                Take();
                left = new AndFilter(left, LabelFilter(3));
            }
            else if (_token.Is("or") && least <= 1)
            {
                Take();
                left = new OrFilter(left, LabelFilter(2));
            }
            else
            {
                return left;
            }
        }
    }

    private LabelFilter LabelFilterOperand()
    {
        if (TryTake("("))
        {
            var inner = LabelFilter(0);
            Expect(")", []);
            return inner;
        }

        var label = Label();
        var sign = _token;
        if (sign.Kind != TokenKind.Word || Compare(sign.Text) is null && sign.Text is not ("=~" or "!~"))
        {
            throw Unexpected();
        }

        Take();
        if (_token.Kind == TokenKind.String && sign.Text is "=" or "!=" or "=~" or "!~")
        {
            return TextFilter(label, sign.Text);
        }

        if (_token.Is("ip") && sign.Text is "=" or "!=")
        {
            return new IpFilter(label, sign.Text == "!=", Ip());
        }

        if (Compare(sign.Text) is not { } op)
        {
            throw Unexpected("STRING");
        }

        return _token.Kind switch
        {
            TokenKind.Duration => new DurationFilter(label, op, Take().Duration),
            TokenKind.Bytes => new BytesFilter(label, op, (ulong)Take().Number),
            _ when TryNumber(out var value) => new NumberFilter(label, op, value),
            _ => throw Unexpected(),
        };
    }

    private TextFilter TextFilter(string label, string sign)
    {
        var op = sign switch
        {
            "=" => MatchOperator.Equal,
            "!=" => MatchOperator.NotEqual,
            "=~" => MatchOperator.Matches,
            _ => MatchOperator.NotMatches,
        };
        return new TextFilter(Matcher(label, op, Take()));
    }

    private static CompareOperator? Compare(string sign) =>
        sign switch
        {
            "=" or "==" => CompareOperator.Equal,
            "!=" => CompareOperator.NotEqual,
            ">" => CompareOperator.Greater,
            ">=" => CompareOperator.GreaterOrEqual,
            "<" => CompareOperator.Less,
            "<=" => CompareOperator.LessOrEqual,
            _ => null,
        };
}

/// <summary>The syntax of <c>| pattern</c>: text with captures in angle brackets.</summary>
internal static class LinePattern
{
    /// <summary>Answers null for a valid pattern, else what is wrong.</summary>
    public static string? Check(string pattern, out List<string> names)
    {
        names = [];
        var any = false;
        var previousEnd = -1;
        for (var at = 0; at < pattern.Length; at++)
        {
            if (pattern[at] != '<' || Capture(pattern, at) is not { } name)
            {
                continue;
            }

            if (at == previousEnd)
            {
                return $"found consecutive capture '<{name}>': invalid expression";
            }

            if (name != "_")
            {
                if (names.Contains(name))
                {
                    return $"duplicate capture name ({name}): invalid expression";
                }

                names.Add(name);
            }

            any = true;
            at += name.Length + 1;
            previousEnd = at + 1;
        }

        return any ? null : "at least one capture is required";
    }

    private static string? Capture(string pattern, int at)
    {
        var end = at + 1;
        while (end < pattern.Length && (char.IsAsciiLetterOrDigit(pattern[end]) || pattern[end] == '_'))
        {
            end++;
        }

        return end > at + 1 && end < pattern.Length && pattern[end] == '>' && !char.IsAsciiDigit(pattern[at + 1])
            ? pattern[(at + 1)..end]
            : null;
    }
}
