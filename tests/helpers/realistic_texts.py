"""What people ask and models reply in the realistic data folder: many scripts, code, tables, formulas."""

QUESTIONS = (
    "How do window functions work in SQL, and when do I need a frame clause?",
    "Wie kündige ich einen Mietvertrag fristgerecht, wenn der Vermieter im Ausland lebt?",
    "三日間で京都を回るなら、どの順番がいいですか？",
    "Explique-me a diferença entre ser e estar com exemplos do dia a dia em Lisboa.",
    "Rewrite this cover letter so that it sounds less stiff",
    "كيف أكتب رسالة رسمية إلى البلدية بشأن الضوضاء؟",
    "Почему мой Docker-контейнер не видит localhost?",
    "Compare heat pumps, gas and pellets for a 1970s house with radiators, 140 m², in a table",
    "Why does `asyncio.gather` swallow the second exception?",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenherstellerverband – is that a word?",
    "Fix this: TypeError: Cannot read properties of undefined (reading 'map')",
    "写一个Python脚本，把文件夹里的所有PDF合并成一个",
    "Derive the quadratic formula",
    "שלום, איך אומרים בעברית 'supply chain'?",
    "Summarise the minutes below in five points and name the open questions and who owns them",
    "https://example.org/very/long/address?with=parameters&and=more what does this API do?",
    "¿Cómo preparo una entrevista para un puesto de analista de datos?",
)
FOLLOW_UPS = (
    "And what does it cost?",
    "Shorter, please.",
    "As a table.",
    "Und auf Deutsch?",
    "再举一个例子",
    "أعطني مثالا آخر",
    "Why?\n\n```python\nfor row in rows:\n    print(row)\n```",
)
REPLIES = (
    """A window function computes a value **over a set of rows**, without collapsing them.

```sql
SELECT day, cost,
       SUM(cost) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS week
FROM calls
ORDER BY day;
```

1. `PARTITION BY` splits the rows.
2. `ORDER BY` gives them an order.
3. The frame says which of them count.
""",
    """Die Kündigung muss **schriftlich** erfolgen, spätestens am dritten Werktag eines Monats.

> Maßgeblich ist der Zugang beim Vermieter, nicht das Datum des Poststempels.

- Adresse prüfen
- Einschreiben mit Rückschein
- Zeugin notieren
""",
    """京都は**東から西へ**回ると移動が少なくて済みます。

| 日 | 午前 | 午後 | 夜 |
|---|---|---|---|
| 1 | 清水寺 | 祇園 | 先斗町で夕食 |
| 2 | 伏見稲荷 | 東福寺 | 京都駅 |
""",
    """| Aspect | Heat pump | Gas | Pellets |
|:---|:---|---:|---:|
| Purchase with installation and new radiators where needed | 24,000 to 32,000 € | 11,000 € | 26,000 € |
| Yearly cost at 18,000 kWh | about 1,450 € | about 2,100 € | about 1,700 € |
| Noise | 45 dB outside | quiet | quiet |

With **radiators** at 55 °C the heat pump reaches a seasonal factor of about 3.2.
""",
    """`gather` does not swallow it: it *raises the first* and leaves the others running.

```python
results = await asyncio.gather(a(), b(), return_exceptions=True)
for result in results:
    if isinstance(result, Exception):
        logger.warning("failed", exc_info=result)
```
""",
    """From $ax^2 + bx + c = 0$ we divide by $a$ and complete the square:

$$x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}$$
""",
    """عزيزي السيد/السيدة،

أكتب إليكم بخصوص **الضوضاء** المستمرة في شارعنا بعد الساعة الحادية عشرة مساءً.

- التاريخ
- الوقت
""",
    "At night 1,170 kWh cost about $222 instead of $363: **$141 less a year** (at 15 kWh per 100 km).\n",
)
LONG_TITLE = ("Donaudampfschifffahrt and everything that belongs to it: " * 6)[:300]
REASONING = "Let me think about what is asked here.\n\n1. First the facts.\n2. Then what follows from them."
