namespace Sevensa.Dashboard.Platform.Query.LogQl;

public sealed partial class LogQlParser
{
    private LogQuery LogQuery()
    {
        var selector = Selector(allowAll: false);
        var stages = Pipeline();
        return _token.Is("unwrap") ? throw Unexpected() : new LogQuery(selector, stages);
    }

    private StreamSelector Selector(bool allowAll)
    {
        var start = _token;
        Expect("{", []);
        var matchers = new List<LabelMatcher>();
        if (!TryTake("}"))
        {
            matchers.Add(Matcher("IDENTIFIER", "}"));
            while (TryTake(","))
            {
                matchers.Add(Matcher("IDENTIFIER"));
            }

            Expect("}", "}", ",");
        }

        var selector = new StreamSelector(matchers.ToValueList());
        return allowAll || selector.SelectsSomething ? selector : throw Invalid(SelectsEverything, start);
    }

    private LabelMatcher Matcher(params ReadOnlySpan<string> expected)
    {
        var name = Label(expected);
        return TryMatchOperator() is { } op
            ? Matcher(name, op, Expect(TokenKind.String, "STRING"))
            : throw Unexpected("=", "=~", "!~", "!=");
    }

    private LabelMatcher Matcher(string name, MatchOperator op, LogQlToken value) =>
        op is MatchOperator.Matches or MatchOperator.NotMatches && Re2Syntax.Check(value.Text).Error is { } wrong
            ? throw Invalid(wrong, value)
            : new LabelMatcher(name, op, value.Text);

    private MatchOperator? TryMatchOperator()
    {
        MatchOperator? op =
            _token.Kind != TokenKind.Word
                ? null
                : _token.Text switch
                {
                    "=" => MatchOperator.Equal,
                    "!=" => MatchOperator.NotEqual,
                    "=~" => MatchOperator.Matches,
                    "!~" => MatchOperator.NotMatches,
                    _ => null,
                };
        if (op is not null)
        {
            Take();
        }

        return op;
    }

    // Takes every stage; stops after the "|" of an unwrap, which only a range may have.
    private ValueList<PipelineStage> Pipeline()
    {
        var stages = new List<PipelineStage>();
        while (true)
        {
            if (LineOperator() is { } op)
            {
                Take();
                stages.Add(LineFilter(op));
            }
            else if (TryTake("|"))
            {
                if (_token.Is("unwrap"))
                {
                    break;
                }

                stages.Add(Stage());
            }
            else
            {
                break;
            }
        }

        return stages.ToValueList();
    }

    private LineFilterOperator? LineOperator() =>
        _token.Kind != TokenKind.Word
            ? null
            : _token.Text switch
            {
                "|=" => LineFilterOperator.Contains,
                "!=" => LineFilterOperator.NotContains,
                "|~" => LineFilterOperator.Matches,
                "!~" => LineFilterOperator.NotMatches,
                "|>" => LineFilterOperator.Pattern,
                "!>" => LineFilterOperator.NotPattern,
                _ => null,
            };

    private LineFilter LineFilter(LineFilterOperator op)
    {
        var alternatives = new List<LineText> { LineText() };
        while (TryTake("or"))
        {
            alternatives.Add(LineText());
        }

        return new LineFilter(op, alternatives.ToValueList());
    }

    private LineText LineText()
    {
        if (!_token.Is("ip"))
        {
            return new LineText(Expect(TokenKind.String, "STRING", "ip").Text);
        }

        return new LineText(Ip(), IsIp: true);
    }

    private string Ip()
    {
        Take();
        Expect("(");
        var address = Expect(TokenKind.String, "STRING").Text;
        Expect(")");
        return address;
    }

    // {…} | … | unwrap x [5m] offset 1h, with the window also allowed right after the selector or behind parentheses.
    private LogRange Range()
    {
        CountPart();
        if (!TryTake("("))
        {
            return RangeBody(inParentheses: false);
        }

        if (_token.Is("("))
        {
            var nested = Range();
            Expect(")", []);
            return nested;
        }

        return RangeBody(inParentheses: true);
    }

    private LogRange RangeBody(bool inParentheses)
    {
        var selector = Selector(allowAll: false);
        var stages = Pipeline();
        var unwrap = TryUnwrap();
        var bare = stages.Count == 0 && unwrap is null;
        var closed = inParentheses && TryTake(")");
        var window = Expect(TokenKind.Range).Duration;
        LogQlDuration? offset = TryTake("offset") ? Expect(TokenKind.Duration, "DURATION").Duration : null;
        if (bare)
        {
            stages = closed && !_token.Is("|") ? stages : Pipeline();
            if (closed && stages.Count > 0)
            {
                throw Unexpected();
            }

            unwrap = TryUnwrap();
        }

        if (inParentheses && !closed)
        {
            Expect(")", []);
        }

        return new LogRange(new LogQuery(selector, stages), unwrap, window, offset);
    }

    // Stands on the word; its "|" is taken.
    private Unwrap? TryUnwrap()
    {
        if (!TryTake("unwrap"))
        {
            return null;
        }

        var conversion = UnwrapConversion.None;
        if (_token.Kind == TokenKind.Conversion)
        {
            conversion = LogQlWords.Conversions[Take().Text];
            Expect("(");
        }

        var label = Label();
        if (conversion != UnwrapConversion.None)
        {
            Expect(")");
        }

        var filters = new List<LabelFilter>();
        while (TryTake("|"))
        {
            filters.Add(LabelFilter(0));
        }

        return new Unwrap(label, conversion, filters.ToValueList());
    }
}
