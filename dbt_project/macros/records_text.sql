{#- Compatibility normalisation (NFKC) as far as gazettes need it; the engine itself offers NFC only.
    Covered: full-width ASCII, every kind of blank, super- and subscript digits, Roman numerals, circled
    numbers, small and vertical punctuation, Kangxi radicals that scanning puts in place of characters, the
    ellipsis and the marks for 株 and 有. tests/integration/test_dbt_records.py compares it with Unicode. -#}
{% macro nfkc(expression) -%}
    {%- set from = namespace(text='') -%}
    {%- set into = namespace(text='') -%}
    {%- for code in range(65281, 65375) -%}  {#- U+FF01..U+FF5E stand 0xFEE0 above their ASCII twins -#}
        {%- set from.text = from.text ~ ('%c' | format(code)) -%}
        {%- set into.text = into.text ~ ('%c' | format(code - 65248)) -%}
    {%- endfor -%}
    {%- for code in nfkc_blanks() -%}
        {%- set from.text = from.text ~ ('%c' | format(code)) -%}
        {%- set into.text = into.text ~ ' ' -%}
    {%- endfor -%}
    {%- for before, after in nfkc_singles() -%}
        {%- set from.text = from.text ~ before -%}
        {%- set into.text = into.text ~ after -%}
    {%- endfor -%}
    {%- set result = namespace(sql="translate(nfc_normalize(" ~ expression ~ "), '" ~ from.text ~ "', '" ~ into.text.replace("'", "''") ~ "')") -%}
    {%- for before, after in nfkc_strings() -%}
        {%- set result.sql = "replace(" ~ result.sql ~ ", '" ~ before ~ "', '" ~ after ~ "')" -%}
    {%- endfor -%}
    case
        when regexp_matches({{ expression }}, '^[ -~]*$') then {{ expression }}
        else {{ result.sql }}
    end
{%- endmacro %}

{% macro nfkc_blanks() %}{{ return([160, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201, 8202, 8239, 8287, 12288]) }}{% endmacro %}

{% macro nfkc_singles() -%}
    {{ return([
        (
            '⺟⻳⼀⼁⼂⼃⼄⼅⼆⼇⼈⼉⼊⼋⼌⼍⼎⼏⼐⼑⼒⼓⼔⼕⼖⼗⼘⼙⼚⼛⼜⼝⼞⼟⼠⼡⼢⼣⼤⼥⼦⼧⼨⼩⼪⼫⼬⼭⼮⼯⼰⼱⼲⼳⼴⼵⼶⼷⼸⼹⼺⼻⼼⼽⼾⼿⽀⽁⽂⽃⽄⽅⽆⽇⽈⽉⽊⽋⽌⽍⽎⽏⽐⽑⽒⽓⽔⽕⽖⽗⽘⽙⽚⽛⽜⽝⽞⽟⽠⽡⽢⽣⽤⽥⽦⽧⽨⽩⽪⽫⽬⽭⽮⽯⽰⽱⽲⽳⽴⽵⽶⽷⽸⽹⽺⽻⽼⽽⽾⽿⾀⾁⾂⾃⾄⾅⾆⾇⾈⾉⾊⾋⾌⾍⾎⾏⾐⾑⾒⾓⾔⾕⾖⾗⾘⾙⾚⾛⾜⾝⾞⾟⾠⾡⾢⾣⾤⾥⾦⾧⾨⾩⾪⾫⾬⾭⾮⾯⾰⾱⾲⾳⾴⾵⾶⾷⾸⾹⾺⾻⾼⾽⾾⾿⿀⿁⿂⿃⿄⿅⿆⿇⿈⿉⿊⿋⿌⿍⿎⿏⿐⿑⿒⿓⿔⿕',
            '母龟一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸屮山巛工己巾干幺广廴廾弋弓彐彡彳心戈戶手支攴文斗斤方无日曰月木欠止歹殳毋比毛氏气水火爪父爻爿片牙牛犬玄玉瓜瓦甘生用田疋疒癶白皮皿目矛矢石示禸禾穴立竹米糸缶网羊羽老而耒耳聿肉臣自至臼舌舛舟艮色艸虍虫血行衣襾見角言谷豆豕豸貝赤走足身車辛辰辵邑酉釆里金長門阜隶隹雨靑非面革韋韭音頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠'
        ),
        ('︱︲︳︴︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄﹇﹈﹍﹎﹏﹐﹑﹒﹔﹕﹖﹗﹘﹙﹚﹛﹜﹝﹞﹟﹠﹡﹢﹣﹤﹥﹦﹨﹩﹪﹫￠￡￢￤￥￦', '—–__(){}〔〕【】《》〈〉「」『』[]___,、.;:?!—(){}〔〕#&*+-<>=\\$%@¢£¬¦¥₩'),
        ('²³¹⁰ⁱ⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ⅠⅤⅩⅬⅭⅮⅯⅰⅴⅹⅼⅽⅾⅿ①②③④⑤⑥⑦⑧⑨', '2310i456789+−=()n0123456789+−=()IVXLCDMivxlcdm123456789')
    ]) }}
{%- endmacro %}

{% macro nfkc_strings() -%}
    {{ return([
        ('Ⅱ', 'II'), ('Ⅲ', 'III'), ('Ⅳ', 'IV'), ('Ⅵ', 'VI'), ('Ⅶ', 'VII'), ('Ⅷ', 'VIII'),
        ('Ⅸ', 'IX'), ('Ⅺ', 'XI'), ('Ⅻ', 'XII'), ('ⅱ', 'ii'), ('ⅲ', 'iii'), ('ⅳ', 'iv'),
        ('ⅵ', 'vi'), ('ⅶ', 'vii'), ('ⅷ', 'viii'), ('ⅸ', 'ix'), ('ⅺ', 'xi'), ('ⅻ', 'xii'),
        ('⑩', '10'), ('⑪', '11'), ('⑫', '12'), ('⑬', '13'), ('⑭', '14'), ('⑮', '15'),
        ('⑯', '16'), ('⑰', '17'), ('⑱', '18'), ('⑲', '19'), ('⑳', '20'), ('‥', '..'),
        ('…', '...'), ('㈱', '(株)'), ('㈲', '(有)')
    ]) }}
{%- endmacro %}

{#- A name or title made comparable: NFKC, invisible characters out, runs of blanks to one, trimmed. -#}
{% macro clean_text(expression) -%}
    trim(regexp_replace(regexp_replace({{ nfkc(expression) }}, '[\x{200B}-\x{200F}\x{2060}\x{FEFF}\x00-\x08]', '', 'g'), '\s+', ' ', 'g'))
{%- endmacro %}

{#- A list of names that ends in a bare separator was cut off: what was hidden on the page is lost. -#}
{% macro is_cut_off(expression) -%}
    regexp_matches({{ expression }}, '[;；][?\s\x{2000}-\x{200A}\x{00A0}\x{3000}]*$')
{%- endmacro %}

{#- A list of names -> list of names as written, in order, empty ones out. The separator is `;` (or its
    full-width twin) alone: 、 and ， belong to names. A separator's EN SPACE may have become ?? when a page
    was saved in a Chinese encoding. -#}
{% macro split_names(expression) -%}
    list_filter(
        list_transform(
            string_split_regex({{ expression }}, '[;；]'),
            lambda part : regexp_replace(
                part, '^[?\s\x{2000}-\x{200A}\x{00A0}\x{3000}]+|[\s\x{2000}-\x{200A}\x{00A0}\x{3000}]+$', '', 'g'
            )
        ),
        lambda part : part <> ''
    )
{%- endmacro %}
